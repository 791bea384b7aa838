/**
 * The page's elements and how they show what is going on. Draws at most once per frame and keeps no state of its
 * own beyond what is on the screen; what a person does is handed to `actions`.
 */

import { Composer } from './composer.js';
import { element, find, setText } from './dom.js';
import { Messages } from './messages.js';
import { ending, linkName, span, timeLeft, timeOfDay } from './words.js';

/** What the sample agent understands besides plain talk. */
const TRIES = ['Hello!', 'help', 'long', 'slow', 'silence', 'end'];
const NEAR_END_PX = 80;
const MOST_AGENTS = 20;

export class View {
  #me;
  #actions;
  #messages;
  #composer;
  #shown = null;
  #announcedEnd = null;
  #stuckToEnd = true;
  #unread = 0;
  #drawnMessages = 0;

  /** @param {object} actions start, send, typing, stay, finish, continueChat, again, wake, older, retry, takeBack */
  constructor(me, actions) {
    this.#me = me;
    this.#actions = actions;
    find('me').textContent = me;
    this.#messages = new Messages({
      log: find('log'),
      live: find('live'),
      me,
      onTakeBack: (entry) => {
        this.#composer.add(entry.content);
        actions.takeBack(entry.messageId);
      },
    });
    this.#composer = new Composer({
      onSend: (content) => {
        this.#stuckToEnd = true;
        actions.send(content);
      },
      onTyping: actions.typing,
    });
    this.#wireStart();
    this.#wireChat();
    find('notice-close').addEventListener('click', () => (find('notice').hidden = true));
    find('outage-retry').addEventListener('click', () => actions.retry());
  }

  /** Says that something the person asked for did not work. */
  notice(text) {
    find('notice-text').textContent = text;
    find('notice').hidden = false;
  }

  clearNotice() {
    find('notice').hidden = true;
  }

  showStart() {
    find('chat').hidden = true;
    find('start').hidden = false;
    document.title = 'Parley';
    this.#shown = null;
  }

  /**
   * Shows who can be talked to: as many as one can choose from at a glance, those seen last; in an order that stays, so
   * that none moves away from under a finger.
   */
  drawAgents(all, online) {
    const agents = all.slice(0, MOST_AGENTS).sort((a, b) => (a.id < b.id ? -1 : 1));
    const more = all.length - agents.length;
    const list = find('agents');
    const chosen = find('agent-id').value;
    const face = JSON.stringify([agents.map((agent) => [agent.id, agent.name]), chosen]);
    const hint = !online
      ? 'Agents are listed here once there is a connection.'
      : agents.length === 0
        ? 'Nobody is online yet. You can start all the same: what you write is kept until the agent connects.'
        : more > 0
          ? `And ${more} more: write the id of the one that you want.`
          : '';
    setText('agents-hint', hint);
    find('start-button').disabled = !online;
    if (list.dataset.face === face) {
      return;
    }
    list.dataset.face = face;
    const focused = document.activeElement?.dataset?.agent;
    list.replaceChildren(
      ...agents.map((agent) => {
        const button = element(
          'button',
          'agent',
          element('span', 'avatar small', initial(agent.name ?? agent.id)),
          element('span', '', agent.name ?? agent.id),
          agent.name && agent.name !== agent.id ? element('span', 'agent-id', agent.id) : null,
        );
        button.type = 'button';
        button.dataset.agent = agent.id;
        button.dataset.chosen = String(agent.id === chosen);
        return element('li', '', button);
      }),
    );
    if (focused) {
      [...list.querySelectorAll('button')].find((button) => button.dataset.agent === focused)?.focus();
    }
  }

  /** @param {number} units UTF-16 units that a message may have */
  set contentLimit(units) {
    this.#composer.limit = units;
  }

  set starting(busy) {
    find('start-button').setAttribute('aria-busy', String(busy));
    find('start-button').textContent = busy ? 'Starting…' : 'Start chat';
  }

  /** @param {boolean} focus whether the person asked for this chat here, so that writing can begin at once */
  showChat(focus) {
    find('start').hidden = true;
    find('chat').hidden = false;
    this.#messages.clear();
    this.#shown = null;
    this.#announcedEnd = null;
    this.#stuckToEnd = true;
    this.#drawnMessages = 0;
    if (focus) {
      this.#composer.focus();
    }
  }

  drawLink(state) {
    find('link').dataset.phase = state.phase;
    find('link').dataset.draining = String(state.draining === true);
    setText('link-text', linkName(state));
    const down = state.phase === 'waiting' || state.phase === 'closed';
    if (state.phase === 'online') {
      find('outage').hidden = true;
    } else if (down) {
      find('outage').hidden = false;
      find('outage').dataset.tone = state.phase === 'closed' ? 'bad' : 'calm';
      setText('outage-title', state.reason);
      setText(
        'outage-text',
        state.phase === 'closed'
          ? 'This page does not try again by itself.'
          : 'What you write is kept and sent as soon as it is back.',
      );
      setText('outage-retry', state.phase === 'closed' ? 'Connect again' : 'Try now');
    }
    const left = down && state.retryAt ? Math.ceil((state.retryAt - Date.now()) / 1_000) : 0;
    setText(
      'outage-countdown',
      left > 0 ? `Next try in ${left} s.` : state.phase === 'connecting' && !find('outage').hidden ? 'Trying…' : '',
    );
  }

  drawChat(chat, { online, now }) {
    if (this.#shown !== chat) {
      this.#shown = chat;
      this.#offerTries(chat.agentId === 'sample');
    }
    this.#drawAgent(chat, online);
    this.#drawCountdown(chat, now, online);
    this.#drawWarning(chat, now, online);
    this.#drawEnd(chat);
    this.#drawMessages(chat, online);
    this.#drawTitle(chat);
  }

  #drawAgent(chat, online) {
    setText('chat-title', chat.company.agentName);
    setText('avatar', initial(chat.company.agentName));
    setText('empty-title', `Say hello to ${chat.company.agentName}`);
    const known = online && chat.company.online !== null;
    const state = !known ? 'unknown' : chat.company.online ? 'online' : 'offline';
    find('agent-state').dataset.online = state;
    const since = Number.isFinite(chat.company.since) ? `, last seen ${timeOfDay(chat.company.since)}` : '';
    setText(
      'agent-text',
      { unknown: online ? 'Asking…' : 'Unknown while offline', online: 'Online', offline: `Offline${since}` }[state],
    );
  }

  #drawCountdown(chat, now, online) {
    const left = chat.expiresAt - now;
    const box = find('countdown');
    const full = chat.timeoutMs;
    box.dataset.tone = chat.over || chat.status === 'suspended' ? 'off' : chat.warning ? 'warn' : 'calm';
    find('ring').style.setProperty('--left', chat.over ? 0 : Math.max(0, Math.min(100, (left / full) * 100)) || 0);
    if (chat.over) {
      setText('countdown-label', 'This chat');
      setText('countdown-value', 'is over');
    } else if (Number.isNaN(left)) {
      setText('countdown-label', 'Ends in');
      setText('countdown-value', '–');
    } else {
      setText('countdown-label', chat.status === 'suspended' ? 'Paused, kept for' : 'Ends in');
      setText('countdown-value', left > 0 ? timeLeft(left) : online ? 'ending…' : 'unknown');
    }
    find('finish').hidden = chat.over;
    find('finish').disabled = !online;
  }

  #drawWarning(chat, now, online) {
    const { warning } = chat;
    find('warning').hidden = !warning || chat.over;
    if (!warning) {
      setText('warning-title', '');
      return;
    }
    const final = warning.cause === 'max-duration' || warning.renewable === false;
    setText('warning-title', final ? 'This chat reaches its longest time soon.' : 'Are you still there?');
    setText(
      'warning-text',
      final
        ? `It ends at ${timeOfDay(chat.expiresAt)}. You can go on in a new chat that keeps what was said.`
        : `This chat ends at ${timeOfDay(chat.expiresAt)} unless somebody writes or you stay connected.`,
    );
    find('stay').hidden = final;
    find('stay').disabled = chat.renewing || !online;
    setText('stay', !online ? 'Waiting for the connection' : chat.renewing ? 'Staying…' : 'Stay connected');
    find('warning-continue').hidden = !final;
    find('warning-continue').disabled = !online;
  }

  #drawEnd(chat) {
    const suspended = !chat.over && chat.status === 'suspended';
    find('ended').hidden = !chat.over && !suspended;
    find('composer').hidden = chat.over;
    find('again').hidden = suspended;
    find('wake').hidden = !suspended;
    const state = chat.over ? chat.end.status : suspended ? 'suspended' : null;
    if (state === null) {
      this.#announcedEnd = null;
      return;
    }
    const { title, text, resumable } = chat.over
      ? ending(chat.end, chat.timeoutMs, this.#me)
      : {
          title: 'This chat is paused',
          text: `Nobody was active for ${Number.isFinite(chat.timeoutMs) ? span(chat.timeoutMs) : 'a while'}. Write something, or resume it, to carry on.`,
          resumable: false,
        };
    setText('ended-title', title);
    setText('ended-text', text);
    find('continue').hidden = !resumable;
    if (this.#announcedEnd !== state) {
      this.#announcedEnd = state;
      const lostFocus =
        document.activeElement === document.body ||
        find('composer').contains(document.activeElement) ||
        find('warning').contains(document.activeElement);
      if (chat.over && lostFocus) {
        find('ended-title').focus();
      }
    }
  }

  #drawMessages(chat, online) {
    const scroll = find('scroll');
    const entries = chat.timeline.entries();
    find('empty').hidden = entries.length > 0 || chat.timeline.drafts.length > 0 || chat.over;
    find('older').hidden = !chat.hasOlder;
    this.#messages.draw(chat, online);
    if (entries.length > this.#drawnMessages && this.#drawnMessages > 0) {
      this.#unread += entries.length - this.#drawnMessages;
    }
    this.#drawnMessages = entries.length;
    if (this.#stuckToEnd) {
      scroll.scrollTop = scroll.scrollHeight;
    }
    if (this.#stuckToEnd && !document.hidden) {
      this.#unread = 0;
    }
    find('jump').hidden = this.#stuckToEnd || this.#unread === 0;
  }

  #drawTitle(chat) {
    const mark = chat.over
      ? ''
      : chat.warning
        ? '⏳ '
        : this.#unread > 0 && document.hidden
          ? `(${this.#unread}) `
          : '';
    const title = `${mark}${chat.company.agentName} · Parley`;
    if (document.title !== title) {
      document.title = title;
    }
  }

  #offerTries(known) {
    find('tries').hidden = !known;
    find('tries').replaceChildren(
      ...TRIES.map((text) => {
        const button = element('button', 'try', text);
        button.type = 'button';
        button.addEventListener('click', () => this.#actions.send(text));
        return button;
      }),
    );
  }

  #wireStart() {
    find('start-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#actions.start(find('agent-id').value.trim());
    });
    find('agents').addEventListener('click', (event) => {
      const agent = event.target.closest('button')?.dataset.agent;
      if (agent !== undefined) {
        find('agent-id').value = agent;
        this.#actions.start(agent);
      }
    });
  }

  #wireChat() {
    const scroll = find('scroll');
    scroll.addEventListener(
      'scroll',
      () => {
        this.#stuckToEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX;
        if (this.#stuckToEnd) {
          find('jump').hidden = true;
        }
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      if (this.#stuckToEnd) {
        scroll.scrollTop = scroll.scrollHeight;
      }
    }).observe(scroll);
    find('jump').addEventListener('click', () => {
      this.#stuckToEnd = true;
      scroll.scrollTop = scroll.scrollHeight;
      this.#composer.focus();
    });
    find('older').addEventListener('click', async () => {
      const before = scroll.scrollHeight - scroll.scrollTop;
      await this.#actions.older();
      requestAnimationFrame(() => (scroll.scrollTop = scroll.scrollHeight - before));
    });
    find('stay').addEventListener('click', async () => {
      await this.#actions.stay();
      this.#composer.focus();
    });
    find('warning-continue').addEventListener('click', () => this.#actions.continueChat());
    find('finish').addEventListener('click', () => this.#actions.finish());
    find('again').addEventListener('click', () => this.#actions.again());
    find('continue').addEventListener('click', () => this.#actions.continueChat());
    find('wake').addEventListener('click', () => this.#actions.wake());
  }
}

function initial(id) {
  return (id.split(/[/:]+/).filter(Boolean).at(-1) ?? id).charAt(0).toUpperCase();
}
