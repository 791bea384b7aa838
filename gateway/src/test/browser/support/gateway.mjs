// Starts the real gateway jar, as a program of its own, and stops it again.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeLater } from './cleanup.mjs';

const JAR = fileURLToPath(new URL('../../../../target/parley-gateway.jar', import.meta.url));
const START_TIMEOUT_MS = 60_000;

export class Gateway {
  #process;
  #output = '';

  /**
   * A gateway that is stopped by who started it: for all tests of a file.
   *
   * @param {object} settings environment variables for the gateway
   * @param {number} port 0 for any free one
   */
  static async start(settings = {}, port = 0) {
    if (!existsSync(JAR)) {
      throw new Error(`There is no gateway to test: ${JAR} is missing. Build it first: mvn -q -Dquick package`);
    }
    const gateway = new Gateway();
    await gateway.#start(settings, port);
    return gateway;
  }

  /** A gateway for one test only. */
  static async startForTest(settings, port) {
    const gateway = await Gateway.start(settings, port);
    closeLater(() => gateway.kill());
    return gateway;
  }

  async #start(settings, port) {
    const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
    const args = [
      '-XX:TieredStopAtLevel=1',
      '-Xmx256m',
      '-jar',
      JAR,
      'serve',
      '--port',
      String(port),
      '--store',
      'memory',
    ];
    this.#process = spawn(java, args, { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
    const listening = new Promise((resolve, reject) => {
      const tooLate = setTimeout(
        () => reject(new Error(`The gateway did not start in time:\n${this.#output}`)),
        START_TIMEOUT_MS,
      );
      const read = (chunk) => {
        this.#output += chunk;
        const found = /^listening on (http:\/\/\S+)$/m.exec(this.#output);
        if (found) {
          clearTimeout(tooLate);
          resolve(found[1]);
        }
      };
      this.#process.stdout.on('data', read);
      this.#process.stderr.on('data', read);
      this.#process.on('error', reject);
      this.#process.on('exit', (code) => reject(new Error(`The gateway ended with ${code}:\n${this.#output}`)));
    });
    try {
      this.url = await listening;
    } catch (error) {
      this.#process.kill('SIGKILL');
      throw error;
    }
    this.port = Number(new URL(this.url).port);
    this.socketUrl = `${this.url.replace(/^http/, 'ws')}/ws`;
  }

  /** Ends the program without any farewell, as a crash would. */
  kill() {
    return this.stop('SIGKILL');
  }

  stop(signal = 'SIGTERM') {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) {
      return Promise.resolve();
    }
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  /** A request to the HTTP interface; the parsed answer. */
  async http(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) {
      throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
    }
    return answer;
  }
}
