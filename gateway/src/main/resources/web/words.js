/**
 * The sentences of the page: states, times and endings, as a person is told them. Pure functions.
 */

/** A time left, in milliseconds, as `4:07` or `2 h 05 min`. */
export function timeLeft(ms) {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (n) => String(n).padStart(2, '0');
  if (seconds >= 3_600) {
    return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`;
  }
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** A span of time in the largest fitting unit, as `30 minutes` or `6 seconds`. */
export function span(ms) {
  const seconds = Math.round(ms / 1_000);
  const [count, unit] =
    seconds < 90
      ? [seconds, 'second']
      : seconds < 5_400
        ? [Math.round(seconds / 60), 'minute']
        : [Math.round(seconds / 360) / 10, 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The time of day, by the reader's own habits. */
export function timeOfDay(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** The state of the connection in a word or two. */
export function linkName(state) {
  switch (state.phase) {
    case 'online':
      return state.draining ? 'Online, gateway restarting' : 'Online';
    case 'connecting':
      return 'Connecting';
    case 'waiting':
      return 'Offline, retrying';
    default:
      return 'Disconnected';
  }
}

/** How a chat ended, told to `me`: a title, a sentence, and whether it can be carried on in a new one. */
export function ending(end, timeoutMs, me) {
  const at = Date.parse(end.at) || Number(end.at);
  const when = at ? ` at ${timeOfDay(at)}` : '';
  const reason = end.reason && end.reason !== 'deleted' ? ` Reason: ${end.reason}.` : '';
  const who = end.by === me ? 'you' : end.by;
  const summary = end.summary ? ` ${end.summary}` : '';
  if (end.reason === 'deleted') {
    return { title: 'This chat was deleted', text: 'Nothing of it is kept on the gateway.', resumable: false };
  }
  switch (end.status) {
    case 'expired':
      return end.cause === 'max-duration'
        ? {
            title: 'This chat reached its longest time',
            text: `The gateway ended it${when}. What was said can be taken along into a new one.`,
            resumable: true,
          }
        : {
            title: 'This chat has expired',
            text: `Nobody was active for ${Number.isFinite(timeoutMs) ? span(timeoutMs) : 'too long'}, so the gateway ended it${when}. What was said can be taken along into a new one.`,
            resumable: true,
          };
    case 'completed':
      return {
        title: 'This chat is complete',
        text: `${end.by ? `Ended by ${who}` : 'It was ended'}${when}.${summary}${reason}`,
        resumable: true,
      };
    case 'abandoned':
      return { title: 'This chat was left', text: `It was closed as abandoned${when}.${reason}`, resumable: true };
    case 'error':
      return {
        title: 'This chat ended with an error',
        text: `${end.by ? `Reported by ${who}` : 'It was closed'}${when}.${reason}`,
        resumable: true,
      };
    case 'terminated':
      return {
        title: 'This chat was stopped',
        text: `${end.by ? `Stopped by ${who}` : 'It was stopped'}${when}.${reason}`,
        resumable: true,
      };
    default:
      return {
        title: 'This chat is no longer there',
        text: 'The gateway keeps nothing of it any more, or it belongs to somebody else.',
        resumable: false,
      };
  }
}

/** Why messages are missing. */
export function gapText({ from, to, cause }) {
  const count = to - from + 1;
  const what = count === 1 ? '1 entry' : `${count} entries`;
  switch (cause) {
    case 'trimmed':
      return `${what} from before ${count === 1 ? 'is' : 'are'} no longer kept.`;
    case 'lost':
      return `The gateway lost ${what} here.`;
    default:
      return `${what} could not be recovered here.`;
  }
}
