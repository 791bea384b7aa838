// An agent under the control of a test: it says exactly what, and when, the test tells it to.

import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { closeLater } from './cleanup.mjs';

const ANSWER_TIMEOUT_MS = 30_000;

export class Agent {
  #socket;
  #pending = new Map();
  #nextId = 1;
  #waiting = [];
  #unread = [];

  /** Every message that came, by its text, in order; what was doubled is in here twice. */
  received = [];

  /** @param {(message: object, agent: Agent) => void} reply called with every message of a user; none: the test asks for them */
  static async connect(socketUrl, id, reply, name = id) {
    const agent = new Agent();
    agent.id = id;
    await agent.#open(socketUrl, reply, name);
    return agent;
  }

  async #open(socketUrl, reply, name) {
    this.#socket = new WebSocket(socketUrl, 'parley.v1');
    closeLater(() => this.disconnect());
    await new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
    });
    this.#socket.on('message', (data) => this.#read(JSON.parse(data), reply));
    await this.request('connect', { kind: 'agent', id: this.id, name });
  }

  #read(frame, reply) {
    const pending = this.#pending.get(frame.id);
    if (frame.method === undefined && pending) {
      this.#pending.delete(frame.id);
      clearTimeout(pending.tooLate);
      frame.error ? pending.reject(new Error(JSON.stringify(frame.error))) : pending.resolve(frame.result);
    } else if (frame.method === 'message' && frame.params.role === 'user') {
      this.received.push(frame.params.content);
      if (reply) {
        reply(frame.params, this);
      } else if (this.#waiting.length > 0) {
        this.#waiting.shift()(frame.params);
      } else {
        this.#unread.push(frame.params);
      }
    }
  }

  request(method, params) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`${method} was not answered`)), ANSWER_TIMEOUT_MS);
      this.#pending.set(id, { resolve, reject, tooLate });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  notify(method, params) {
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  /** The next message of a user that nobody asked for yet. */
  nextMessage() {
    if (this.#unread.length > 0) {
      return Promise.resolve(this.#unread.shift());
    }
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`${this.id} got no message`)), ANSWER_TIMEOUT_MS);
      this.#waiting.push((message) => {
        clearTimeout(tooLate);
        resolve(message);
      });
    });
  }

  typing(sessionId, on) {
    this.notify('typing', { sessionId, on });
  }

  /**
   * Begins an answer that is written in pieces. Its id follows from the message's: what an agent missed comes at least
   * once, in a chat that is carried on as well, and answering it again must not make a second answer.
   */
  answer(message) {
    const { sessionId, messageId: inReplyTo } = message;
    const messageId = `re-${inReplyTo}`;
    let index = 0;
    return {
      messageId,
      piece: (chunk) => this.notify('message.delta', { sessionId, messageId, index: index++, chunk, inReplyTo }),
      finish: (content) => this.request('message.send', { sessionId, messageId, content, inReplyTo }),
    };
  }

  say(sessionId, content) {
    return this.request('message.send', { sessionId, messageId: randomUUID(), content });
  }

  disconnect() {
    this.#socket.terminate();
  }
}

/** Answers every message at once, with its own text in front of which `Echo: ` stands. */
export function echo(message, agent) {
  agent.answer(message).finish(`Echo: ${message.content}`);
}
