/**
 * Who else is in the chat: whether the agent is there, who is typing, and whether an answer is being waited for. A
 * dead or silent agent must never hide behind a spinner.
 */

/** Without any sign of life for this long, an agent that is connected counts as silent; milliseconds. */
export const SILENCE_MS = 20_000;
/** A typing notice that is not repeated is forgotten after this. */
const TYPING_MS = 8_000;

export class Company {
  #me;
  #changed;
  /** Ids of those who type, with the timer that forgets them. */
  #typing = new Map();

  /** The id of the agent that the chat is with. */
  agentId;
  #agentName;
  /** Whether the agent has a connection; null until it is known. */
  online = null;
  /** Since when, or when it was last seen; milliseconds since 1970, or undefined. */
  since;
  /** `{messageId, since}` while a message of ours waits for an answer. */
  awaiting = null;

  constructor({ me, agentId, onChange }) {
    this.#me = me;
    this.agentId = agentId;
    this.#changed = onChange;
  }

  /** What the agent calls itself; its id until that is known. */
  get agentName() {
    return this.#agentName ?? this.agentId;
  }

  set agentName(name) {
    this.#agentName = name;
  }

  get typing() {
    return [...this.#typing.keys()];
  }

  /** The agent came or went. */
  moved(online, since) {
    this.online = online;
    this.since = since;
    if (online) {
      // It gets the messages that it missed now: the patience starts anew.
      this.alive(this.agentId);
    } else {
      this.stopsTyping(this.agentId);
    }
  }

  /** Somebody gave a sign of life. */
  alive(participantId) {
    if (this.awaiting && participantId === this.agentId) {
      this.awaiting = { ...this.awaiting, since: Date.now() };
    }
  }

  typed({ participantId, on }) {
    if (participantId === this.#me) {
      return;
    }
    this.stopsTyping(participantId);
    if (on) {
      this.alive(participantId);
      const forget = () => {
        this.#typing.delete(participantId);
        this.#changed();
      };
      this.#typing.set(participantId, setTimeout(forget, TYPING_MS));
    }
  }

  stopsTyping(participantId) {
    clearTimeout(this.#typing.get(participantId));
    this.#typing.delete(participantId);
  }

  /** Nothing is known of anybody any more: the connection went, or the chat is over. */
  nobodyTypes() {
    for (const participantId of this.typing) {
      this.stopsTyping(participantId);
    }
  }

  /**
   * Somebody said something.
   *
   * @param {object} message
   * @param {boolean} last whether it is the last one of the log, as far as it is known: the answer to one's own send
   *     may come after the reply to it
   */
  said(message, last) {
    this.stopsTyping(message.authorId);
    if (message.authorId === this.#me) {
      if (last) {
        this.awaiting = { messageId: message.messageId, since: Date.now() };
      }
    } else if (this.awaiting && (!message.inReplyTo || message.inReplyTo === this.awaiting.messageId)) {
      this.awaiting = null;
    }
  }

  /** Takes from the history whether the last message, if there is one, still waits for its answer. */
  remember(last, at) {
    if (last && last.authorId !== this.#me) {
      this.awaiting = null;
    } else if (last && !this.awaiting) {
      this.awaiting = { messageId: last.messageId, since: at };
    }
  }
}
