// A TCP proxy between page and gateway that can be cut like a cable and mended again.

import net from 'node:net';
import { closeLater } from './cleanup.mjs';

export class Proxy {
  #server;
  #sockets = new Set();
  #cut = false;
  #muted = false;

  static async start(targetPort) {
    const proxy = new Proxy();
    await proxy.#listen(targetPort);
    return proxy;
  }

  async #listen(targetPort) {
    closeLater(() => this.stop());
    this.#server = net.createServer((near) => {
      if (this.#cut) {
        near.on('error', () => {});
        near.resetAndDestroy();
        return;
      }
      const far = net.connect(targetPort, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        this.#sockets.add(from);
        from.on('data', (data) => {
          if (!this.#muted || from === near) {
            to.write(data);
          }
        });
        from.on('end', () => to.end());
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  cut() {
    this.#cut = true;
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  /** From now on nothing that the gateway says arrives; what is said to it still does. */
  mute() {
    this.#muted = true;
  }

  mend() {
    this.#cut = false;
    this.#muted = false;
  }

  stop() {
    this.cut();
    this.#server.close();
  }
}
