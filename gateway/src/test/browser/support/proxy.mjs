// A TCP proxy between page and gateway that can be cut like a cable and mended again.

import net from 'node:net';

export class Proxy {
  #server;
  #sockets = new Set();
  #cut = false;

  /** How many connections have been tried, the refused ones included. */
  attempts = 0;

  static async start(targetPort) {
    const proxy = new Proxy();
    await proxy.#listen(targetPort);
    return proxy;
  }

  async #listen(targetPort) {
    this.#server = net.createServer((near) => {
      this.attempts += 1;
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
        from.on('data', (data) => to.write(data));
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

  mend() {
    this.#cut = false;
  }

  stop() {
    this.cut();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
