/**
 * What was written and is not settled yet. Each message is kept in the browser until the gateway has stored or refused
 * it, and is sent again under the same id whatever happens in between, so that it arrives once.
 */

import { RpcError } from './connection.js';
import { forgetUnsent, keepUnsent, unsentOf, uuid } from './identity.js';

const RESEND_MS = 2_000;
/** Refusals that pass by themselves: the message stays on its way. */
const PASSING = new Set(['RATE_LIMITED', 'STORE_UNAVAILABLE', 'DRAINING', 'INTERNAL_ERROR']);

export class Outbox {
  #connection;
  #timeline;
  #sessionId;
  #me;
  #onStored;
  #onRefused;
  #changed;
  #lastWrittenAt = 0;
  #flushing = false;
  #closed = false;

  /**
   * @param {object} options
   * @param {import('./timeline.js').Timeline} options.timeline where unsent messages are shown
   * @param {(message: object, answer: object) => void} options.onStored the gateway has a message
   * @param {(error: RpcError) => void} options.onRefused it never will
   * @param {() => void} options.onChange something that is shown has changed
   */
  constructor({ connection, timeline, sessionId, me, onStored, onRefused, onChange }) {
    this.#connection = connection;
    this.#timeline = timeline;
    this.#sessionId = sessionId;
    this.#me = me;
    this.#onStored = onStored;
    this.#onRefused = onRefused;
    this.#changed = onChange;
    for (const message of unsentOf(sessionId)) {
      timeline.addUnsent(message);
      this.#lastWrittenAt = message.writtenAt;
    }
  }

  /** Takes a message and sends it as soon as it can be sent. */
  add(content) {
    const writtenAt = Math.max(Date.now(), this.#lastWrittenAt + 1);
    this.#lastWrittenAt = writtenAt;
    const message = { messageId: uuid(), sessionId: this.#sessionId, authorId: this.#me, content, writtenAt };
    keepUnsent(message);
    this.#timeline.addUnsent(message);
    this.#changed();
    this.flush();
  }

  close() {
    this.#closed = true;
  }

  /** Sends what waits, one after the other: so the order is that of writing, whatever has to be sent again. */
  async flush() {
    if (this.#flushing) {
      return;
    }
    this.#flushing = true;
    try {
      let next;
      while (!this.#closed && this.#connection.online && (next = this.#timeline.nextUnsent())) {
        await this.#sendOne(next);
      }
    } finally {
      this.#flushing = false;
    }
  }

  async #sendOne({ messageId, content }) {
    this.#timeline.moveUnsent(messageId, 'sending');
    this.#changed();
    try {
      const sessionId = this.#sessionId;
      const stored = await this.#connection.request('message.send', { sessionId, messageId, content });
      this.#onStored({ messageId, sessionId, content, authorId: this.#me, role: 'user', ...stored }, stored);
    } catch (error) {
      await this.#notSent(messageId, error);
    }
    this.#changed();
  }

  async #notSent(messageId, error) {
    if (error instanceof RpcError && !PASSING.has(error.code)) {
      this.#timeline.moveUnsent(messageId, 'refused', error.message);
      forgetUnsent(messageId);
      this.#onRefused(error);
      return;
    }
    this.#timeline.moveUnsent(messageId, 'queued');
    this.#changed();
    if (this.#connection.online) {
      await new Promise((resolve) => setTimeout(resolve, RESEND_MS));
    }
  }
}
