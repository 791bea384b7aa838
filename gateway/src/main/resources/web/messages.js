/**
 * Draws what was said: the log, and below it what an agent is writing right now. Elements are kept by their key and
 * only changed ones are touched, so that a screen reader hears every message once and a selection survives.
 */

import { SILENCE_MS } from './company.js';
import { element } from './dom.js';
import { gapText, span, timeOfDay } from './words.js';

function keyOf(entry) {
  return entry.kind === 'message' || entry.kind === 'unsent' ? entry.messageId : entry.key;
}

export class Messages {
  #log;
  #live;
  #me;
  #onTakeBack;
  #agent = { id: null, name: null };
  #drawn = new Map();
  #drawnVersion = -1;
  #drafts = new Map();
  #wait = element('p', 'wait');

  /**
   * @param {HTMLElement} log the live region of settled messages
   * @param {HTMLElement} live where messages are shown that are still being written
   */
  constructor({ log, live, me, onTakeBack }) {
    this.#log = log;
    this.#live = live;
    this.#me = me;
    this.#onTakeBack = onTakeBack;
    this.#wait.setAttribute('role', 'status');
    live.append(this.#wait);
  }

  /** Forgets everything that is drawn: another chat comes. */
  clear() {
    this.#drawn.clear();
    this.#drawnVersion = -1;
    this.#drafts.clear();
    this.#log.replaceChildren();
    this.#wait.replaceChildren();
    this.#live.replaceChildren(this.#wait);
  }

  draw(chat, online) {
    if (chat.timeline.version !== this.#drawnVersion || chat.company.agentName !== this.#agent.name) {
      this.#agent = { id: chat.agentId, name: chat.company.agentName };
      this.#drawnVersion = chat.timeline.version;
      this.#drawLog(chat.timeline.entries());
    }
    this.#drawDrafts(chat.timeline.drafts, online);
    this.#drawWait(chat, online);
  }

  /** What an author is called on the page. */
  #nameOf(authorId) {
    return authorId === this.#agent.id ? this.#agent.name : authorId;
  }

  #drawLog(entries) {
    const gone = new Set(this.#drawn.keys());
    let before = null;
    let author = null;
    for (const entry of entries) {
      const key = keyOf(entry);
      gone.delete(key);
      const follows = entry.authorId !== undefined && entry.authorId === author;
      author = entry.authorId ?? null;
      const face = `${entry.kind} ${entry.state ?? ''} ${entry.lost ?? ''} ${follows} ${this.#nameOf(entry.authorId)}`;
      let drawn = this.#drawn.get(key);
      if (drawn === undefined || drawn.face !== face) {
        const made =
          entry.kind === 'message' || entry.kind === 'unsent' ? this.#message(entry, follows) : this.#mark(entry);
        drawn?.node.replaceWith(made);
        drawn = { node: made, face };
        this.#drawn.set(key, drawn);
      }
      const expected = before === null ? this.#log.firstChild : before.nextSibling;
      if (expected !== drawn.node) {
        this.#log.insertBefore(drawn.node, expected);
      }
      before = drawn.node;
    }
    for (const key of gone) {
      this.#drawn.get(key).node.remove();
      this.#drawn.delete(key);
    }
  }

  #message(entry, follows) {
    const mine = entry.authorId === this.#me;
    const node = element('article', `message ${mine ? 'mine' : 'theirs'}${follows ? ' follows' : ''}`);
    node.dataset.messageId = entry.messageId;
    node.dataset.state = entry.kind === 'unsent' ? entry.state : 'settled';
    const at = entry.kind === 'unsent' ? entry.writtenAt : Date.parse(entry.createdAt);
    const time = element('time', '', timeOfDay(at));
    time.dateTime = new Date(at).toISOString();
    node.append(
      element(
        'p',
        'by',
        element('span', mine ? 'author sr' : 'author', mine ? 'You' : this.#nameOf(entry.authorId)),
        ' ',
        time,
      ),
      element('div', 'bubble', this.#body(entry)),
    );
    const state = this.#stateLine(entry);
    if (state) {
      node.append(state);
    }
    return node;
  }

  #body({ content, payload }) {
    if (typeof content === 'string') {
      return content;
    }
    return element('pre', '', JSON.stringify(payload, null, 2));
  }

  #stateLine(entry) {
    if (entry.lost) {
      return element('p', 'state bad', 'The gateway lost this message.');
    }
    if (entry.kind !== 'unsent') {
      return null;
    }
    if (entry.state !== 'refused') {
      return element('p', 'state', entry.state === 'sending' ? 'Sending…' : 'Kept here until it can be sent');
    }
    const back = element('button', 'link-button', 'Edit again');
    back.type = 'button';
    back.addEventListener('click', () => this.#onTakeBack(entry));
    return element('p', 'state bad', `Not sent. ${entry.reason ?? ''} `, back);
  }

  #mark(entry) {
    const node = element(
      'p',
      `mark ${entry.kind}`,
      element('span', '', entry.kind === 'gap' ? gapText(entry) : entry.text),
    );
    return node;
  }

  #drawDrafts(drafts, online) {
    const gone = new Set(this.#drafts.keys());
    for (const draft of drafts) {
      gone.delete(draft.messageId);
      let node = this.#drafts.get(draft.messageId);
      if (node === undefined) {
        node = element(
          'article',
          'message theirs draft',
          element('p', 'by', element('span', 'author', this.#nameOf(draft.authorId))),
          element('div', 'bubble', document.createTextNode('')),
          element('p', 'state'),
        );
        node.dataset.messageId = draft.messageId;
        this.#drafts.set(draft.messageId, node);
        this.#live.insertBefore(node, this.#wait);
      }
      const text = node.querySelector('.bubble').firstChild;
      if (text.data !== draft.text) {
        if (draft.text.startsWith(text.data)) {
          text.appendData(draft.text.slice(text.data.length));
        } else {
          text.data = draft.text;
        }
      }
      const paused = draft.interrupted || Date.now() - draft.lastPieceAt > SILENCE_MS;
      node.classList.toggle('paused', paused);
      const state = node.querySelector('.state');
      state.textContent = !paused
        ? ''
        : online
          ? `${this.#nameOf(draft.authorId)} has not finished this.`
          : 'Interrupted. The whole message follows when the connection is back.';
    }
    for (const id of gone) {
      this.#drafts.get(id).remove();
      this.#drafts.delete(id);
    }
  }

  /** One line below everything: who is typing, who is being waited for, and when waiting makes no sense. */
  #drawWait(chat, online) {
    const name = chat.company.agentName;
    const writing = chat.timeline.drafts.some((draft) => !draft.interrupted);
    let [state, text] = ['', ''];
    if (chat.over || !online || writing) {
      state = '';
    } else if (chat.company.typing.length > 0) {
      [state, text] = ['typing', `${chat.company.typing.map((id) => this.#nameOf(id)).join(', ')} is typing`];
    } else if (chat.company.awaiting && chat.company.online === false) {
      [state, text] = ['away', `${name} is offline. Your message is kept and reaches ${name} when it is back.`];
    } else if (chat.company.awaiting) {
      const waited = Date.now() - chat.company.awaiting.since;
      [state, text] =
        waited < SILENCE_MS
          ? ['typing', `Waiting for ${name}`]
          : [
              'away',
              `No answer from ${name} for ${span(Math.floor(waited / 10_000) * 10_000)}. Your message was delivered; you can wait or write again.`,
            ];
    }
    this.#wait.dataset.state = state;
    if (this.#wait.dataset.text !== text) {
      this.#wait.dataset.text = text;
      const dots = state === 'typing' ? element('span', 'dots', element('i'), element('i'), element('i')) : null;
      dots?.setAttribute('aria-hidden', 'true');
      this.#wait.replaceChildren(...[dots, text ? element('span', '', text) : null].filter(Boolean));
    }
  }
}
