/**
 * One chat: the session as this page knows it, kept in step with the gateway. Takes pushes and answers, keeps the
 * position in the log, sends what was written until it is settled, and says what a person should know: whether the
 * agent is there, whether an answer is late, when the chat ends and how it ended.
 */

import { Company } from './company.js';
import { NoAnswer, RpcError, instant } from './connection.js';
import { forgetUnsent } from './identity.js';
import { Outbox } from './outbox.js';
import { Position } from './position.js';
import { Timeline } from './timeline.js';

const HISTORY_PAGE = 50;
const ENDINGS = new Set(['expired', 'completed', 'abandoned', 'error', 'terminated']);

export class Chat {
  #connection;
  #me;
  #changed;
  #outbox;
  #historyAsked = false;
  #position;

  timeline = new Timeline();
  status = 'created';
  /** Milliseconds since 1970, by the gateway's clock. */
  expiresAt = NaN;
  timeoutConfig = null;
  createdAt = NaN;
  /** `{expiresAt, cause, renewable}` while the end is near and was announced. */
  warning = null;
  /** `{status, at?, by?, reason?, summary?, cause?}` once the chat is over; status `gone` when nothing is kept of it. */
  end = null;
  hasOlder = false;
  renewing = false;

  /**
   * @param {object} options
   * @param {import('./connection.js').Connection} options.connection
   * @param {string} options.me the id of the person
   * @param {{sessionId: string, agentId: string}} options.session
   * @param {boolean} options.fresh it was made just now: everything in its log is to be pushed
   * @param {() => void} options.onChange something that is shown has changed
   */
  constructor({ connection, me, session, fresh, onChange }) {
    this.#connection = connection;
    this.#me = me;
    this.#changed = onChange;
    this.sessionId = session.sessionId;
    this.company = new Company({ me, agentId: session.agentId, onChange });
    this.#position = new Position(fresh ? 0 : undefined);
    this.#outbox = new Outbox({
      connection,
      timeline: this.timeline,
      sessionId: this.sessionId,
      me,
      onStored: (message, answer) => {
        this.#message(message);
        this.#deadline(answer.sessionStatus?.expiresAt);
      },
      onRefused: (error) => this.#refusedAsWhole(error),
      onChange,
    });
  }

  /** What `connect` and `session.attach` need to carry on where this page is. */
  where() {
    return { sessionId: this.sessionId, ...this.#position.name() };
  }

  get agentId() {
    return this.company.agentId;
  }

  get over() {
    return this.end !== null;
  }

  /** The idle time-out in milliseconds; NaN until it is known. */
  get timeoutMs() {
    return (this.timeoutConfig?.timeoutMinutes ?? NaN) * 60_000;
  }

  /** This page moved on to another chat: nothing more is asked for or sent. */
  close() {
    this.#outbox.close();
    this.company.nobodyTypes();
  }

  /** Attaches over a connection that is up already. */
  async attach() {
    try {
      this.attached(await this.#connection.request('session.attach', this.where()));
    } catch (error) {
      this.#refusedAsWhole(error);
    }
  }

  /** The gateway said where this chat stands: after a connect, a resume, or an attach. */
  attached(entry) {
    if (entry.error) {
      // The record, or its refusal, says what became of it.
      this.#refresh();
      this.#outbox.flush();
      return;
    }
    if (this.#position.attached(entry)) {
      this.timeline.startOver(entry.gap?.from ?? 1);
      this.#historyAsked = false;
    }
    if (entry.gap) {
      this.#gap(entry.gap);
    }
    this.status = entry.status ?? this.status;
    this.end = null;
    this.#deadline(entry.expiresAt);
    if (typeof entry.warned === 'number' && !this.warning) {
      this.warning = { expiresAt: this.expiresAt };
    }
    this.#refresh();
    this.#outbox.flush();
    this.#changed();
  }

  /** The connection went: what was being written will come as a whole, or not at all. */
  cut() {
    this.timeline.interrupt();
    this.company.nobodyTypes();
    this.#changed();
  }

  /** Takes a push that names this session. */
  push(method, params) {
    this.#position.pushed(params);
    this.#take(method, params);
    this.#changed();
  }

  #take(method, params) {
    switch (method) {
      case 'message':
        this.#message(params);
        break;
      case 'message.delta':
        this.company.alive(params.authorId);
        this.timeline.addPiece(params, Date.now());
        break;
      case 'typing':
        this.company.typed(params);
        break;
      case 'gap':
        this.#position.pushed({ epoch: params.epoch, seq: params.to });
        this.#gap(params);
        break;
      case 'session.expiring':
        this.#deadline(params.expiresAt);
        this.warning = { expiresAt: this.expiresAt, cause: params.cause, renewable: params.renewable };
        break;
      case 'session.renewed':
        this.status = 'active';
        this.#deadline(params.expiresAt);
        break;
      case 'session.suspended':
        this.status = 'suspended';
        this.warning = null;
        this.#refresh();
        break;
      case 'session.expired':
        this.status = 'expired';
        this.#finish({ status: 'expired', at: params.expiresAt, cause: params.cause });
        break;
      case 'session.ended':
        this.status = params.end?.status ?? 'completed';
        this.#finish({ status: this.status, ...params.end });
        break;
      case 'session.updated':
        this.#refresh();
        break;
      case 'participant.joined':
      case 'participant.left':
        this.#participant(method, params);
        break;
      default:
        // Something that this page does not show; its place in the log was noted above.
        break;
    }
  }

  /** An agent came or went. */
  agentMoved(agentId, online) {
    if (agentId !== this.agentId) {
      return;
    }
    this.company.moved(online, this.#connection.serverNow());
    if (!online) {
      this.timeline.interrupt(agentId);
    }
    this.#changed();
  }

  /** Writes a message: it is kept until the gateway has settled it, whatever happens to the connection or the page. */
  send(content) {
    this.#outbox.add(content);
  }

  /** Takes a refused message off the list; its text goes back to whoever asks. */
  takeBack(messageId) {
    this.timeline.dropUnsent(messageId);
    this.#changed();
  }

  typingNow(on) {
    if (!this.over) {
      this.#connection.notify('typing', { sessionId: this.sessionId, on });
    }
  }

  /**
   * Tells the gateway how far the person has seen, and learns when the chat ends.
   *
   * @param {boolean} present whether the person is there: only then is the chat renewed
   */
  async heartbeat(present) {
    const { seq } = this.#position;
    const seen = document.hidden || seq === undefined ? {} : { [this.sessionId]: seq };
    try {
      const answer = await this.#connection.request('heartbeat', { seen, sessions: present ? [this.sessionId] : [] });
      const mine = answer.deadlines?.find((deadline) => deadline.sessionId === this.sessionId);
      if (mine) {
        this.#deadline(mine.expiresAt);
      }
      this.#changed();
    } catch (error) {
      this.#refusedAsWhole(error);
    }
  }

  /** "Stay connected": moves the end away. Rejects with what to tell the person. */
  async stay() {
    this.renewing = true;
    this.#changed();
    try {
      const info = await this.#connection.request('session.renew', { sessionId: this.sessionId });
      this.#learn(info);
      this.warning = null;
    } catch (error) {
      this.#refusedAsWhole(error);
      if (error.code === 'SESSION_RENEWAL_FAILED') {
        this.warning = { expiresAt: this.expiresAt, cause: 'max-duration', renewable: false };
      }
      throw error;
    } finally {
      this.renewing = false;
      this.#changed();
    }
  }

  /** Ends the chat because the person is done with it. */
  async finish() {
    const info = await this.#connection.request('session.complete', { sessionId: this.sessionId });
    this.#learn(info);
  }

  /** Wakes a suspended chat. */
  async wake() {
    this.#learn(await this.#connection.request('session.touch', { sessionId: this.sessionId }));
  }

  /** Fetches the page of history before what is shown. */
  async older() {
    const beforeSeq = this.timeline.oldestSeq;
    await this.#history(Number.isFinite(beforeSeq) ? { beforeSeq } : {});
  }

  #message(message) {
    this.timeline.settle(message);
    forgetUnsent(message.messageId);
    if (this.status === 'created' || this.status === 'suspended') {
      this.status = 'active';
    }
    this.company.said(message, this.timeline.last.messageId === message.messageId);
  }

  #participant(method, { participant, seq }) {
    const verb = method === 'participant.joined' ? 'joined' : 'left';
    this.timeline.mark({ kind: 'note', key: `${verb}-${seq}`, seq, text: `${participant?.id} ${verb} the chat.` });
  }

  #gap({ from, to, cause }) {
    this.timeline.mark({ kind: 'gap', key: `gap-${from}-${to}-${cause}`, seq: from - 0.5, from, to, cause });
  }

  #deadline(expiresAt) {
    const at = instant(expiresAt);
    if (!Number.isFinite(at)) {
      return;
    }
    if (this.warning && at > this.warning.expiresAt) {
      this.warning = null;
    }
    this.expiresAt = at;
  }

  /** Takes over what an answer says of the session. */
  #learn(info) {
    this.status = info.status ?? this.status;
    this.company.agentId = info.agentId ?? this.agentId;
    this.timeoutConfig = info.timeoutConfig ?? this.timeoutConfig;
    this.createdAt = Number.isNaN(this.createdAt) ? instant(info.createdAt) : this.createdAt;
    this.#deadline(info.expiresAt);
    if (ENDINGS.has(this.status)) {
      this.#finish({ status: this.status, ...info.end });
    } else if (this.warning && this.warning.cause === undefined) {
      // Told by state, not by the push: the record says which limit it is that comes first.
      const cap = this.createdAt + (this.timeoutConfig?.maxDurationMinutes ?? Infinity) * 60_000;
      const capped = this.expiresAt >= cap - 1_000;
      this.warning = { ...this.warning, cause: capped ? 'max-duration' : 'idle', renewable: !capped };
    }
    this.#changed();
  }

  /** Asks for all that an entry does not tell: the record, the agent, and the history when there is none yet. */
  async #refresh() {
    try {
      const info = await this.#connection.request('session.get', { sessionId: this.sessionId });
      this.#learn(info);
      await Promise.all([this.#askAgent(), this.#historyAsked ? undefined : this.#history({})]);
    } catch (error) {
      this.#refusedAsWhole(error);
    }
  }

  async #askAgent() {
    if (!this.agentId) {
      return;
    }
    try {
      const agent = await this.#connection.request('agent.get', { id: this.agentId });
      this.agentMoved(this.agentId, agent.isOnline === true);
      this.company.since = instant(agent.lastSeenAt);
      this.company.agentName = agent.name;
    } catch (error) {
      if (error.code === 'AGENT_NOT_FOUND') {
        this.company.moved(false);
      } else if (!(error instanceof NoAnswer)) {
        throw error;
      }
    }
    this.#changed();
  }

  async #history(range) {
    this.#historyAsked = true;
    try {
      const params = { sessionId: this.sessionId, limit: HISTORY_PAGE, ...range };
      const page = await this.#connection.request('session.history', params);
      this.hasOlder = page.hasMore === true;
      for (const { id, createdAt, ...item } of page.messages) {
        this.timeline.settle({ ...item, messageId: id, createdAt });
        forgetUnsent(id);
      }
      const last = this.timeline.last;
      this.company.remember(last, instant(last?.createdAt));
      this.#changed();
    } catch (error) {
      this.#historyAsked = range.beforeSeq !== undefined;
      throw error;
    }
  }

  /** Some refusals say that the whole chat is over. */
  #refusedAsWhole(error) {
    if (error instanceof RpcError) {
      this.#over(error.code, error.details);
    }
  }

  #over(code, details) {
    if (code === 'SESSION_EXPIRED') {
      this.status = 'expired';
      this.#deadline(details.expiresAt);
      this.#finish({ ...this.end, status: 'expired', at: this.expiresAt });
    } else if (code === 'SESSION_NOT_FOUND' || code === 'FORBIDDEN') {
      this.#finish({ ...this.end, status: this.end?.status ?? 'gone' });
    } else if (code === 'SESSION_ENDED' && !this.over) {
      this.#refresh();
    }
  }

  #finish(end) {
    this.end = end;
    this.warning = null;
    this.company.awaiting = null;
    this.company.nobodyTypes();
    this.timeline.interrupt();
    this.#changed();
  }
}
