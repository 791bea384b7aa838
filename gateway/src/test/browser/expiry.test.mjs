import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { Person, launch, sessionOf, shows, startChat, write } from './support/browser.mjs';
import { Gateway } from './support/gateway.mjs';
import { test } from './support/harness.mjs';

/** Chats that end after eight seconds of silence and warn when six are left, and again when two are. */
const SHORT = {
  SESSION_MIN_TIMEOUT_MINUTES: '0.05',
  SESSION_DEFAULT_TIMEOUT_MINUTES: String(8 / 60),
  SESSION_WARNING_THRESHOLD_MINUTES: '0.1',
  SESSION_WARNING_LADDER_SECONDS: '2',
};

let gateway;
let browser;

before(async () => {
  browser = await launch();
  gateway = await Gateway.start(SHORT);
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** The seconds that the countdown shows. */
async function secondsLeft(page) {
  const [minutes, seconds] = (await page.getByRole('timer').textContent()).split(':').map(Number);
  return minutes * 60 + seconds;
}

test('the countdown runs, the warning comes, and "Stay connected" moves the end away', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'sample');
  await page.waitForFunction(() => /^0:0[78]$/.test(document.getElementById('countdown-value').textContent));
  await page.waitForFunction(() => /^0:0[56]$/.test(document.getElementById('countdown-value').textContent));

  const warning = page.getByRole('alert').filter({ hasText: 'Are you still there?' });
  await warning.waitFor();
  assert.ok((await secondsLeft(page)) <= 6, 'the warning comes at its threshold');
  await warning.getByRole('button', { name: 'Stay connected' }).click();
  await warning.waitFor({ state: 'hidden' });
  assert.ok((await secondsLeft(page)) >= 7, 'the end was moved away');
  await warning.waitFor();
  await person.close();
});

test('writing takes the warning away as well', async () => {
  await Agent.connect(gateway.socketUrl, 'lively', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'lively');
  const warning = page.getByRole('alert').filter({ hasText: 'Are you still there?' });
  await warning.waitFor();
  await write(page, 'yes');
  await shows(page, ['yes', 'Echo: yes']);
  await warning.waitFor({ state: 'hidden' });
  await person.close();
});

test('a chat that was left alone expires, says so, and can be carried on', async () => {
  await Agent.connect(gateway.socketUrl, 'remembering', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'remembering');
  await write(page, 'remember this');
  await shows(page, ['remember this', 'Echo: remember this']);
  const expired = page.getByRole('heading', { name: 'This chat has expired' });
  await expired.waitFor();
  await page.getByText(/Nobody was active for 8 seconds/).waitFor();
  assert.ok(await expired.evaluate((heading) => heading === document.activeElement), 'the focus is where the news is');
  assert.equal(await page.getByLabel('Message', { exact: true }).isVisible(), false);
  assert.equal(await page.getByRole('button', { name: 'Stay connected' }).isVisible(), false);
  await shows(page, ['remember this', 'Echo: remember this']);

  await page.getByRole('button', { name: 'Continue this conversation' }).click();
  await page.getByLabel('Message', { exact: true }).waitFor();
  await shows(page, ['remember this', 'Echo: remember this']);
  await write(page, 'go on');
  await shows(page, ['remember this', 'Echo: remember this', 'go on', 'Echo: go on']);
  await person.close();
});

test('an expired chat is still known to be expired when the page is opened again', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'sample');
  await page.getByRole('heading', { name: 'This chat has expired' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'This chat has expired' }).waitFor();
  await page.getByRole('button', { name: 'Start a new chat' }).click();
  await page.getByRole('heading', { name: 'Talk to an agent' }).waitFor();
  await startChat(page, 'sample');
  await page.getByLabel('Message', { exact: true }).waitFor();
  await person.close();
});

test('a tab that is open but left alone does not keep the chat alive by its heartbeats', async () => {
  const eager = await Gateway.startForTest({ ...SHORT, HEARTBEAT_SECONDS: '1' });
  const person = await Person.arrive(browser);
  const page = await person.open(eager.url);
  await startChat(page, 'sample');
  const beats = page.locator('[data-direction="out"] .title', { hasText: /^heartbeat$/ });
  await beats.nth(3).waitFor();
  await page.getByRole('heading', { name: 'This chat has expired' }).waitFor();
  await person.close();
});

test('somebody who is there keeps the chat alive without pressing anything', async () => {
  const eager = await Gateway.startForTest({ ...SHORT, HEARTBEAT_SECONDS: '1' });
  const person = await Person.arrive(browser);
  const page = await person.open(eager.url);
  await startChat(page, 'sample');
  const created = await page.evaluate(() => Date.now());
  const expired = page.getByRole('heading', { name: 'This chat has expired' });
  for (let x = 0; (await page.evaluate(() => Date.now())) - created < 12_000; x += 1) {
    await page.mouse.move(100 + (x % 50), 300);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  assert.equal(await expired.count(), 0, 'longer than the time-out, and still alive');
  await person.close();
});

test('a chat at its longest time offers no renewing, but a way on', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  const user = await page.evaluate(() => localStorage.getItem('parley.user'));
  const session = await gateway.http('POST', '/api/messaging/sessions', {
    agentId: 'sample',
    userId: user,
    timeoutConfig: { timeoutMinutes: 0.1, maxDurationMinutes: 0.1, warningThresholdMinutes: 0.09 },
  });
  await page.evaluate((known) => localStorage.setItem('parley.session', JSON.stringify(known)), {
    sessionId: session.sessionId,
    agentId: 'sample',
  });
  await page.reload();
  await page.getByText('This chat reaches its longest time soon.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Stay connected' }).isVisible(), false);
  await page.getByRole('button', { name: 'Continue in a new chat' }).click();
  await page.waitForFunction(
    (old) => JSON.parse(localStorage.getItem('parley.session')).sessionId !== old,
    session.sessionId,
  );
  await page.getByLabel('Message', { exact: true }).waitFor();
  assert.notEqual(await sessionOf(page), session.sessionId);
  await person.close();
});

test('a chat that is suspended says so and can be resumed', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  const user = await page.evaluate(() => localStorage.getItem('parley.user'));
  const session = await gateway.http('POST', '/api/messaging/sessions', {
    agentId: 'sample',
    userId: user,
    timeoutConfig: { timeoutMinutes: 0.05, onIdle: 'suspend' },
  });
  await page.evaluate((known) => localStorage.setItem('parley.session', JSON.stringify(known)), {
    sessionId: session.sessionId,
    agentId: 'sample',
  });
  await page.reload();
  await page.getByRole('heading', { name: 'This chat is paused' }).waitFor();
  await page.getByRole('button', { name: 'Resume this chat' }).click();
  await page.getByRole('heading', { name: 'This chat is paused' }).waitFor({ state: 'hidden' });
  await page.waitForFunction(() => /^0:0[123]$/.test(document.getElementById('countdown-value').textContent));
  await person.close();
});
