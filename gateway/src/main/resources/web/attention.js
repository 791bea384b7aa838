/**
 * Whether a person is really there: the tab is visible and something was touched, typed or moved lately.
 * A tab that was left open must not keep a chat alive; somebody who reads and scrolls must not lose it.
 */

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'];
const LONGEST_WINDOW_MS = 60_000;

export class Attention {
  #lastSignAt = 0;

  constructor(target = window) {
    for (const sign of SIGNS) {
      target.addEventListener(sign, () => (this.#lastSignAt = Date.now()), { passive: true, capture: true });
    }
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) {
        this.#lastSignAt = Date.now();
      }
    });
  }

  /**
   * @param {number} timeoutMs the idle time-out of the chat (NaN, not known: nobody counts as present): the window is a tenth of it, a minute at most, so that
   *     renewing on somebody's behalf never stretches a short time-out by much
   */
  present(timeoutMs) {
    const window = Math.min(LONGEST_WINDOW_MS, timeoutMs / 10);
    return !document.hidden && Date.now() - this.#lastSignAt <= window;
  }
}
