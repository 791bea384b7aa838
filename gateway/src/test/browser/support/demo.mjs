// Starts what `./parley demo --redis` starts: Redis, two gateways, the balancer before them; and the sample agent.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GATEWAY = fileURLToPath(new URL('../../../../target/parley-gateway.jar', import.meta.url));
const AGENT = fileURLToPath(new URL('../../../../../clients/java/target/parley-sample-agent.jar', import.meta.url));
const JAVA = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
const SMALL = ['-XX:TieredStopAtLevel=1', '-Xmx256m'];
const START_TIMEOUT_MS = 80_000;

export class Demo {
  #processes = [];
  #directory = mkdtempSync(join(tmpdir(), 'parley-demo-'));

  static async start() {
    const demo = new Demo();
    try {
      const gateways = [JAVA, ...SMALL, '-jar', GATEWAY, 'serve'];
      const redis = process.env.REDIS_SERVER || 'redis-server';
      const found = await demo.#run(
        ['-cp', AGENT, 'dev.parley.demo.TwoGateways', '0', demo.#directory, redis, ...gateways],
        /^listening on (http:\/\/\S+)$/m,
      );
      demo.url = found[1];
      await demo.#run([...SMALL, '-jar', AGENT, '--url', `${demo.url.replace(/^http/, 'ws')}/ws`], /is online/);
      return demo;
    } catch (error) {
      await demo.stop();
      throw error;
    }
  }

  /** Ends all of it, and waits for that. */
  async stop() {
    for (const child of this.#processes.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Starts a Java program; answers what it said once it fits. */
  #run(args, wanted) {
    const child = spawn(JAVA, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#processes.push(child);
    return new Promise((resolve, reject) => {
      let said = '';
      const tooLate = setTimeout(() => reject(new Error(`not started in time:\n${said}`)), START_TIMEOUT_MS);
      const read = (chunk) => {
        said += chunk;
        const found = wanted.exec(said);
        if (found) {
          clearTimeout(tooLate);
          resolve(found);
        }
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`ended with ${code}:\n${said}`)));
    });
  }
}
