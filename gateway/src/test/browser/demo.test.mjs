import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { CONNECTION_FAILED, Person, SOON_MS, launch, linkSays, settled, startChat, write } from './support/browser.mjs';
import { Demo } from './support/demo.mjs';
import { test } from './support/harness.mjs';

let demo;
let browser;

before(async () => {
  browser = await launch();
  demo = await Demo.start();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Waits until so many messages are settled. */
function manySettled(page, count) {
  return page.waitForFunction(
    (wanted) => document.querySelectorAll('#log [data-state="settled"] .bubble').length >= wanted,
    count,
    { timeout: 2 * SOON_MS },
  );
}

test('the gateway that the page is on is killed in the midst of a reply, twice, and the chat goes on', async () => {
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(`${demo.url}/?demo`);
  await startChat(page, 'sample');
  const kill = page.getByRole('button', { name: /^Kill gateway/ });
  // The agent is on one of the two, so that one of the kills takes its gateway as well.
  const killed = [];
  for (const round of [1, 2]) {
    await write(page, 'slow');
    await page.locator('#live .bubble', { hasText: 'This answer takes' }).first().waitFor();
    killed.push(await page.locator('#demo-gateway').textContent());
    await kill.click();
    // How long it says that it is offline is up to chance, down to nothing at all; that it is elsewhere afterwards is not.
    await page.waitForFunction((name) => document.getElementById('demo-gateway').textContent !== name, killed.at(-1));
    await linkSays(page, 'Online');
    await manySettled(page, 2 * round);
  }
  assert.deepEqual([...killed].sort(), ['one', 'two']);
  const texts = await settled(page);
  assert.equal(texts.length, 4, 'nothing lost, nothing doubled');
  assert.equal(texts[0], 'slow');
  assert.equal(texts[2], 'slow');
  assert.equal(texts[1], texts[3], 'both answers are whole');
  assert.ok(texts[1].length > 300);

  await write(page, 'Hello!');
  await manySettled(page, 6);
  assert.equal((await settled(page)).length, 6);
  await person.close();
});

test('only its own page can kill a gateway', async () => {
  const answer = await fetch(`${demo.url}/demo/kill/one`, { headers: { origin: 'http://evil.example' } });
  assert.equal(answer.status, 403);
});

test('without the demo there is no such button', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(demo.url);
  await linkSays(page, 'Online');
  assert.equal(await page.locator('#demo-kill').isVisible(), false);
  await person.close();
});
