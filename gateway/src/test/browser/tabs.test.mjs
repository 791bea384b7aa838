import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { Person, launch, sessionOf, settled, shows, startChat, write } from './support/browser.mjs';
import { Gateway } from './support/gateway.mjs';
import { test } from './support/harness.mjs';

let gateway;
let browser;

before(async () => {
  browser = await launch();
  gateway = await Gateway.start();
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
});

test('two tabs of one person stay in step', async () => {
  await Agent.connect(gateway.socketUrl, 'shared', echo);
  const person = await Person.arrive(browser);
  const first = await person.open(gateway.url);
  await startChat(first, 'shared');
  await write(first, 'from the first');
  await shows(first, ['from the first', 'Echo: from the first']);

  const second = await person.open(gateway.url);
  await shows(second, ['from the first', 'Echo: from the first']);
  await write(second, 'from the second');
  const all = ['from the first', 'Echo: from the first', 'from the second', 'Echo: from the second'];
  await shows(first, all);
  await shows(second, all);
  assert.equal(await first.locator('.message.mine').count(), 2, "what was written in the other tab is one's own too");
  assert.equal(await sessionOf(first), await sessionOf(second));
  const surfaces = await Promise.all(
    [first, second].map((page) => page.evaluate(() => sessionStorage.getItem('parley.surface'))),
  );
  assert.notEqual(surfaces[0], surfaces[1], 'each tab is a surface of its own');
  await person.close();
});

test('a streamed answer is seen in both tabs, and a typing agent too', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'both');
  const person = await Person.arrive(browser);
  const first = await person.open(gateway.url);
  await startChat(first, 'both');
  const second = await person.open(gateway.url);
  await second.getByRole('heading', { name: 'both', level: 1 }).waitFor();
  await second.locator('#agent-text', { hasText: /^Online$/ }).waitFor();
  await write(first, 'Go');
  const answer = agent.answer(await agent.nextMessage());
  await shows(second, ['Go']);
  answer.piece('bit by ');
  answer.piece('bit');
  for (const page of [first, second]) {
    await page.locator('.draft .bubble', { hasText: 'bit by bit' }).waitFor();
  }
  await answer.finish('bit by bit.');
  for (const page of [first, second]) {
    await shows(page, ['Go', 'bit by bit.']);
  }
  await person.close();
});

test('a new chat in one tab takes the others along, and so does its end', async () => {
  await Agent.connect(gateway.socketUrl, 'one', echo);
  await Agent.connect(gateway.socketUrl, 'two', echo);
  const person = await Person.arrive(browser);
  const first = await person.open(gateway.url);
  const second = await person.open(gateway.url);
  await startChat(first, 'one');
  await second.getByRole('heading', { name: 'one', level: 1 }).waitFor();
  await first.getByRole('button', { name: 'End chat' }).click();
  for (const page of [first, second]) {
    await page.getByRole('heading', { name: 'This chat is complete' }).waitFor();
  }
  await second.getByRole('button', { name: 'Start a new chat' }).click();
  await startChat(second, 'two');
  await first.getByRole('heading', { name: 'two', level: 1 }).waitFor();
  await write(first, 'Hi two');
  await shows(second, ['Hi two', 'Echo: Hi two']);
  await person.close();
});

test('a chat that one tab resumes is no longer paused in the other', async () => {
  const person = await Person.arrive(browser);
  const brief = await Gateway.startForTest({ SESSION_MIN_TIMEOUT_MINUTES: '0.05' });
  const first = await person.open(brief.url);
  const user = await first.evaluate(() => localStorage.getItem('parley.user'));
  const { sessionId } = await brief.http('POST', '/api/messaging/sessions', {
    agentId: 'sample',
    userId: user,
    timeoutConfig: { timeoutMinutes: 0.05, onIdle: 'suspend' },
  });
  const known = JSON.stringify({ sessionId, agentId: 'sample' });
  await first.evaluate((session) => localStorage.setItem('parley.session', session), known);
  await first.reload();
  const second = await person.open(brief.url);
  for (const page of [first, second]) {
    await page.getByRole('heading', { name: 'This chat is paused' }).waitFor();
  }
  await first.getByRole('button', { name: 'Resume this chat' }).click();
  for (const page of [first, second]) {
    await page.getByRole('heading', { name: 'This chat is paused' }).waitFor({ state: 'hidden' });
  }
  await person.close();
});

test('another person sees nothing of it', async () => {
  await Agent.connect(gateway.socketUrl, 'private', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'private');
  await write(page, 'for me only');
  await shows(page, ['for me only', 'Echo: for me only']);
  const stranger = await Person.arrive(browser);
  const strange = await stranger.open(gateway.url);
  await strange.getByRole('heading', { name: 'Talk to an agent' }).waitFor();
  const known = { sessionId: await sessionOf(page), agentId: 'private' };
  await strange.evaluate((session) => localStorage.setItem('parley.session', JSON.stringify(session)), known);
  await strange.reload();
  await strange.getByRole('heading', { name: 'This chat is no longer there' }).waitFor();
  assert.deepEqual(await settled(strange), []);
  await person.close();
  await stranger.close();
});

test('a tab that is opened again shows the history, and older pages on demand', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'historian');
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'historian');
  const sessionId = await sessionOf(page);
  const said = Array.from({ length: 120 }, (_, n) => `entry ${n + 1}`);
  for (const text of said) {
    await agent.say(sessionId, text);
  }
  await shows(page, said);
  await page.close();

  const again = await person.open(gateway.url);
  await shows(again, said.slice(-50));
  await again.getByRole('button', { name: 'Show earlier messages' }).click();
  await shows(again, said.slice(-100));
  await again.getByRole('button', { name: 'Show earlier messages' }).click();
  await shows(again, said);
  await again.getByRole('button', { name: 'Show earlier messages' }).waitFor({ state: 'hidden' });
  await agent.say(sessionId, 'and one more');
  await shows(again, [...said, 'and one more']);
  await person.close();
});
