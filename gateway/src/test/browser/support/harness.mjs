// A test that cannot hang: it has a time limit, and what it leaves open when it fails is closed after it.

import { afterEach, test as nodeTest } from 'node:test';

const LIMIT_MS = 90_000;
const opened = new Set();

/** Registers something that a test opened; `close` has to be harmless when it was closed already. */
export function closeLater(close) {
  opened.add(close);
}

afterEach(async () => {
  const closing = [...opened].map((close) => close());
  opened.clear();
  await Promise.all(closing);
});

export function test(name, action) {
  return nodeTest(name, { timeout: LIMIT_MS }, action);
}
