/**
 * One WebSocket to the gateway that mends itself: JSON-RPC requests and answers, pushes, reconnecting with full
 * jitter, and the states a person is told about. Knows nothing of chats; what to resume is asked for by `hello`.
 */

import { explainClose, fullJitter, mayReconnect } from './backoff.js';

const ANSWER_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 4_000;
/** A connection that lasted this long was a good one: the next loss starts from a short wait again. */
const STABLE_MS = 5_000;
/** Refusals of `connect` that pass by themselves. */
const PASSING_REFUSALS = new Set(['DRAINING', 'STORE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_ERROR']);

/** An error answer of the gateway. */
export class RpcError extends Error {
  constructor(error) {
    super(error.message || 'The gateway refused this.');
    this.name = 'RpcError';
    this.code = error.data?.code ?? String(error.code);
    this.status = error.data?.status ?? 0;
    this.details = error.data?.details ?? {};
  }
}

/** The connection went away, or stayed silent, before the answer came: the outcome is unknown. */
export class NoAnswer extends Error {
  constructor(message) {
    super(message);
    this.name = 'NoAnswer';
  }
}

/** Milliseconds since 1970 from an ISO-8601 text or a number; NaN when it is neither. */
export function instant(value) {
  return typeof value === 'number' ? value : Date.parse(value);
}

export class Connection {
  #options;
  #socket = null;
  #pending = new Map();
  #nextId = 1;
  #attempt = 0;
  #retryTimer = 0;
  #stableTimer = 0;
  #drainedUntil = null;
  #askedToWait = false;
  #lastFrameAt = 0;
  #clockOffset = 0;
  #state = { phase: 'connecting' };

  /**
   * @param {object} options
   * @param {string} options.url of the WebSocket
   * @param {() => object} options.hello the params of `connect`, asked for at every connection
   * @param {(result: object) => void} options.onReady `connect` was answered
   * @param {(method: string, params: object) => void} options.onPush
   * @param {(state: object) => void} options.onState `{phase: connecting|online|waiting|closed, retryAt?, reason?, code?, draining?}`
   * @param {(frame: object) => void} options.onFrame everything that passes, for the view of frames
   */
  constructor(options) {
    this.#options = options;
    addEventListener('online', () => this.hurry());
    addEventListener('offline', () => this.probe());
  }

  get state() {
    return this.#state;
  }

  get online() {
    return this.#state.phase === 'online';
  }

  /** The gateway's clock, as well as it is known, in milliseconds since 1970. */
  serverNow() {
    return Date.now() + this.#clockOffset;
  }

  start() {
    clearTimeout(this.#retryTimer);
    this.#become({ phase: 'connecting', attempt: this.#attempt });
    const socket = new WebSocket(this.#options.url, 'parley.v1');
    this.#socket = socket;
    this.#drainedUntil = null;
    const opening = setTimeout(() => this.#lose(socket, 1006), ANSWER_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(opening);
      this.#frame('note', 'socket open');
      this.#greet(socket);
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      clearTimeout(opening);
      this.#lose(socket, event.code);
    };
  }

  /** There is reason to believe that it would work now: cuts a wait short, unless the gateway asked for it. */
  hurry() {
    if (this.#state.phase === 'waiting' && !this.#askedToWait) {
      this.start();
    }
  }

  /** Tries at once instead of waiting; also out of "closed for good", where only a person can ask for it. */
  retryNow() {
    if (this.#state.phase === 'waiting' || this.#state.phase === 'closed') {
      this.start();
    }
  }

  /**
   * Sends a request.
   *
   * @returns {Promise<object>} the result; rejects with RpcError or NoAnswer
   */
  request(method, params, timeoutMs = ANSWER_TIMEOUT_MS) {
    if (!this.online && method !== 'connect') {
      return Promise.reject(new NoAnswer('There is no connection.'));
    }
    const socket = this.#socket;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const sentAt = Date.now();
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new NoAnswer('The gateway did not answer in time.'));
        if (this.#lastFrameAt < sentAt) {
          this.#lose(socket, 4001);
        }
      }, timeoutMs);
      this.#pending.set(id, { resolve, reject, timer, sentAt });
      this.#send({ jsonrpc: '2.0', id, method, params });
    });
  }

  /** Sends a notification: no answer, and nothing happens when there is no connection. */
  notify(method, params) {
    if (this.online) {
      this.#send({ jsonrpc: '2.0', method, params });
    }
  }

  /** Asks for a sign of life, with little patience: called when there is reason to doubt the connection. */
  probe() {
    if (this.online) {
      this.request('ping', {}, PROBE_TIMEOUT_MS).catch(() => {});
    }
  }

  #greet(socket) {
    this.request('connect', this.#options.hello()).then(
      (result) => {
        this.#stableTimer = setTimeout(() => (this.#attempt = 0), STABLE_MS);
        this.#become({ phase: 'online' });
        this.#options.onReady(result);
      },
      (error) => {
        if (socket !== this.#socket) {
          return;
        }
        if (error instanceof RpcError && !PASSING_REFUSALS.has(error.code)) {
          this.#drop(socket);
          this.#become({ phase: 'closed', reason: error.message });
        } else {
          this.#lose(socket, 1006);
        }
      },
    );
  }

  #send(frame) {
    const text = JSON.stringify(frame);
    this.#frame('out', text, frame);
    this.#socket.send(text);
  }

  #receive(text) {
    this.#lastFrameAt = Date.now();
    const value = JSON.parse(text);
    this.#frame('in', text, value);
    for (const frame of Array.isArray(value) ? value : [value]) {
      if (frame.method === undefined) {
        this.#answer(frame);
      } else {
        if (frame.method === 'server.draining') {
          this.#drainedUntil = Date.now() + (frame.params?.reconnectAfterMs ?? 0);
          this.#become({ ...this.#state, draining: true });
        }
        this.#options.onPush(frame.method, frame.params ?? {});
      }
    }
  }

  #answer(frame) {
    const waiting = this.#pending.get(frame.id);
    if (waiting === undefined) {
      return;
    }
    this.#pending.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.error) {
      waiting.reject(new RpcError(frame.error));
    } else {
      const result = frame.result ?? {};
      this.#learnClock(result.serverTime, waiting.sentAt);
      waiting.resolve(result);
    }
  }

  /** Learns the gateway's clock from an answer that tells its time, taken to be that of halfway there and back. */
  #learnClock(serverTime, sentAt) {
    const time = instant(serverTime);
    if (Number.isFinite(time)) {
      this.#clockOffset = time - (sentAt + Date.now()) / 2;
    }
  }

  /** The socket is gone, or as good as gone: everything that waits learns it, and the close code decides what next. */
  #lose(socket, code) {
    if (socket !== this.#socket) {
      return;
    }
    this.#drop(socket);
    this.#frame('note', `socket closed, code ${code}`);
    if (!mayReconnect(code)) {
      this.#become({ phase: 'closed', code, reason: explainClose(code) });
      return;
    }
    this.#askedToWait = this.#drainedUntil !== null;
    // The time that was told counts from when it was told: who is closed later need not wait any more.
    const pause = Math.max(0, (this.#drainedUntil ?? 0) - Date.now()) + fullJitter(this.#attempt);
    this.#attempt += 1;
    this.#become({ phase: 'waiting', code, reason: explainClose(code), retryAt: Date.now() + pause });
    this.#retryTimer = setTimeout(() => this.start(), pause);
  }

  #drop(socket) {
    clearTimeout(this.#stableTimer);
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of waiting) {
      clearTimeout(timer);
      reject(new NoAnswer('The connection was lost.'));
    }
  }

  #become(state) {
    this.#state = state;
    this.#options.onState(state);
  }

  #frame(direction, text, value) {
    this.#options.onFrame({ direction, text, value, at: Date.now() });
  }
}
