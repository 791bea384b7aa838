/**
 * What was said in one chat, in the order of the log: settled messages, gaps and notes; after them what is not in
 * the log yet: messages on their way and messages that an agent is still writing. Data only, no page and no network.
 */

export class Timeline {
  #settled = new Map();
  #marks = [];
  #unsent = [];
  #drafts = new Map();
  #sorted = null;
  /** Raised whenever the log of the epoch was lost: entries of an older log come before those of the newer. */
  #generation = 0;

  /** Counts every change of what is in the log or on its way, so that a view knows when to draw again. */
  version = 0;

  /** Adds a message of the log; one that is known already, by its id, is brought up to date and never doubled. */
  settle(message) {
    this.#unsent = this.#unsent.filter((unsent) => unsent.messageId !== message.messageId);
    this.#drafts.delete(message.messageId);
    for (const [id, draft] of this.#drafts) {
      // A broken-off attempt at the same answer: this message is what became of it.
      if (draft.interrupted && draft.authorId === message.authorId && draft.inReplyTo === message.inReplyTo) {
        this.#drafts.delete(id);
      }
    }
    this.#settled.set(message.messageId, { ...message, kind: 'message', generation: this.#generation });
    this.#changed();
  }

  has(messageId) {
    return this.#settled.has(messageId);
  }

  /** A line between messages: `kind` is note or gap. */
  mark(mark) {
    const known = this.#marks.some((other) => other.key === mark.key);
    if (!known) {
      this.#marks.push({ ...mark, generation: this.#generation });
      this.#changed();
    }
  }

  /** The log was replaced by another one: what is not in the new one (from `from` on) is told to be lost. */
  startOver(from) {
    this.#generation += 1;
    for (const [id, message] of this.#settled) {
      this.#settled.set(
        id,
        message.seq >= from ? { ...message, lost: true } : { ...message, generation: this.#generation },
      );
    }
    this.#changed();
  }

  /** Messages, gaps and notes of the log in order, then the unsent ones in the order in which they were written. */
  entries() {
    this.#sorted ??= [...this.#settled.values(), ...this.#marks].sort(
      (a, b) => a.generation - b.generation || a.seq - b.seq,
    );
    return [...this.#sorted, ...this.#unsent];
  }

  get oldestSeq() {
    let oldest = Infinity;
    for (const message of this.#settled.values()) {
      if (message.generation === this.#generation) {
        oldest = Math.min(oldest, message.seq);
      }
    }
    return oldest;
  }

  /** The last settled message, or undefined. */
  get last() {
    return this.entries()
      .filter((entry) => entry.kind === 'message')
      .at(-1);
  }

  addUnsent(message) {
    this.#unsent.push({ ...message, kind: 'unsent', state: 'queued' });
    this.#changed();
  }

  /** The oldest message that still has to be sent, or undefined. */
  nextUnsent() {
    return this.#unsent.find((message) => message.state !== 'refused');
  }

  /** Moves an unsent message to another state: queued, sending or refused (with a reason). */
  moveUnsent(messageId, state, reason) {
    this.#unsent = this.#unsent.map((message) =>
      message.messageId === messageId ? { ...message, state, reason } : message,
    );
    this.#changed();
  }

  dropUnsent(messageId) {
    this.#unsent = this.#unsent.filter((message) => message.messageId !== messageId);
    this.#changed();
  }

  get drafts() {
    return [...this.#drafts.values()];
  }

  /**
   * Takes a piece of a message that is being written. A piece that does not join on makes the draft be shown without
   * text until its message comes, which is whole.
   */
  addPiece({ messageId, authorId, inReplyTo, index, lastIndex, chunk }, now) {
    if (this.#settled.has(messageId)) {
      return;
    }
    let draft = this.#drafts.get(messageId);
    if (draft === undefined || index === 0) {
      draft = { messageId, authorId, inReplyTo, text: '', next: 0, joins: true };
    }
    for (const [id, other] of this.#drafts) {
      if (other.interrupted && other.authorId === authorId && other.inReplyTo === inReplyTo && id !== messageId) {
        this.#drafts.delete(id);
      }
    }
    const joins = draft.joins && index === draft.next;
    this.#drafts.set(messageId, {
      ...draft,
      joins,
      text: joins ? draft.text + chunk : draft.text,
      next: (lastIndex ?? index) + 1,
      lastPieceAt: now,
      interrupted: false,
    });
  }

  /** No more pieces will come of what is being written (by this author, or by anybody): the connection was cut, or the author left. */
  interrupt(authorId) {
    for (const [id, draft] of this.#drafts) {
      if (authorId === undefined || draft.authorId === authorId) {
        this.#drafts.set(id, { ...draft, interrupted: true, joins: false });
      }
    }
  }

  #changed() {
    this.#sorted = null;
    this.version += 1;
  }
}
