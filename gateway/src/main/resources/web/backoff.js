/**
 * When to connect again, and when not to: full-jitter back-off and the advice that a close code gives.
 * Pure functions, nothing here touches the page or the network.
 */

const BASE_MS = 500;
const CAP_MS = 20_000;

/** Close codes outside the 4500 range that also mean "do not come back by yourself". */
const FINAL_STANDARD_CODES = new Set([1008, 1009]);

/**
 * Full jitter: anything between nothing and a ceiling that doubles with every attempt, so that thousands of pages
 * that were cut at the same moment do not come back at the same moment.
 *
 * @param {number} attempt 0 for the first try after a loss
 * @param {() => number} random from [0, 1)
 * @returns {number} milliseconds to wait
 */
export function fullJitter(attempt, random = Math.random) {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 16));
  return Math.round(random() * ceiling);
}

/** Whether a socket that was closed with this code may be opened again without asking the person. */
export function mayReconnect(code) {
  if (code >= 4500 && code <= 4999) {
    return false;
  }
  return !FINAL_STANDARD_CODES.has(code);
}

/** What a close code means, as a sentence for people. */
export function explainClose(code) {
  switch (code) {
    case 1008:
      return 'The gateway does not allow this connection.';
    case 1009:
      return 'Something that was sent was too large for the gateway.';
    case 4000:
      return 'The gateway is restarting.';
    case 4001:
      return 'The connection went silent.';
    case 4002:
      return 'This page was too slow to keep up.';
    case 4004:
      return 'The gateway lost its store for too long.';
    case 4500:
      return 'The gateway could not understand what this page sent.';
    case 4501:
      return 'The gateway did not hear who this is in time.';
    case 4502:
      return 'The sign-in is missing or has run out.';
    case 4503:
      return 'The gateway refused access.';
    case 4504:
      return 'Too much was sent in too short a time.';
    case 4505:
      return 'A newer connection took over.';
    default:
      return mayReconnect(code) ? 'The connection was lost.' : 'The gateway closed the connection for good.';
  }
}
