// A test that cannot hang: it has a time limit, and what it leaves open when it fails is closed after it.

import { afterEach, test as nodeTest } from 'node:test';
import { closeAll } from './cleanup.mjs';

const LIMIT_MS = 180_000;

afterEach(closeAll);

export function test(name, action) {
  return nodeTest(name, { timeout: LIMIT_MS }, action);
}
