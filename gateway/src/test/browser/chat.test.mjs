import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { Person, launch, sessionOf, shows, startChat, write } from './support/browser.mjs';
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

test('an answer streams in piece by piece and the final message takes its place', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'streamer');
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'streamer');
  await write(page, 'Tell me something');

  const answer = agent.answer(await agent.nextMessage());
  const draft = page.locator(`.draft[data-message-id="${answer.messageId}"] .bubble`);
  answer.piece('Once ');
  await draft.getByText('Once', { exact: true }).waitFor();
  answer.piece('upon a ');
  await draft.getByText('Once upon a', { exact: true }).waitFor();
  answer.piece('time');
  await draft.getByText('Once upon a time', { exact: true }).waitFor();
  assert.equal(await page.getByRole('log').getByText('Once upon').count(), 0, 'pieces are not read out one by one');

  await answer.finish('Once upon a time.');
  await shows(page, ['Tell me something', 'Once upon a time.']);
  assert.equal(await page.locator('.draft').count(), 0, 'nothing is left of the draft');
  await person.close();
});

test('the agents that are online are offered, and one click starts a chat', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'offered', echo, 'Mrs Offered');
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await page.getByRole('list', { name: 'Online now' }).getByRole('button', { name: 'Mrs Offered' }).click();
  await page.getByRole('heading', { name: 'Mrs Offered', level: 1 }).waitFor();
  await page.locator('#agent-text', { hasText: /^Online$/ }).waitFor();
  await write(page, 'Hi');
  await shows(page, ['Hi', 'Echo: Hi']);
  assert.equal(await page.locator('.theirs .author').textContent(), 'Mrs Offered');
  await person.close();
});

test('the sample agent is what is offered at first', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  assert.equal(await page.getByLabel('Agent', { exact: true }).inputValue(), 'sample');
  await person.close();
});

test('an agent that is not there is said to be away; it gets the message when it comes', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'latecomer');
  await page.locator('#agent-text', { hasText: 'Offline' }).waitFor();
  await write(page, 'Anybody there?');
  await page.getByText('latecomer is offline. Your message is kept').waitFor();
  assert.equal(await page.locator('.dots').count(), 0, 'nothing spins');

  const agent = await Agent.connect(gateway.socketUrl, 'latecomer', echo);
  await shows(page, ['Anybody there?', 'Echo: Anybody there?']);
  await page.locator('#agent-text', { hasText: /^Online$/ }).waitFor();
  await person.close();
});

test('an agent that dies in the midst of an answer leaves no spinner behind', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'mortal');
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'mortal');
  await write(page, 'Go on');
  const answer = agent.answer(await agent.nextMessage());
  answer.piece('It begins');
  await page.locator('.draft .bubble', { hasText: 'It begins' }).waitFor();

  agent.disconnect();
  await page.getByText('mortal has not finished this.').waitFor();
  await page.getByText('mortal is offline.').waitFor();
  await page.locator('#agent-text', { hasText: 'Offline' }).waitFor();

  const again = await Agent.connect(gateway.socketUrl, 'mortal', echo);
  await shows(page, ['Go on', 'Echo: Go on']);
  assert.equal(await page.locator('.draft').count(), 0, 'the broken-off answer is gone');
  await person.close();
});

test('an agent that is there but says nothing is called silent, not waited for without end', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'silent');
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'silent');
  await write(page, 'Well?');
  await agent.nextMessage();
  await page.getByText('Waiting for silent').waitFor();
  await page.getByText(/No answer from silent for \d+ seconds/).waitFor({ timeout: 40_000 });
  assert.equal(await page.locator('.dots').count(), 0, 'nothing spins any more');
  await person.close();
});

test('typing is shown on both sides and goes away', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'typist');
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'typist');
  const sessionId = await sessionOf(page);
  await write(page, 'Hello');
  await agent.nextMessage();
  agent.typing(sessionId, true);
  await page.getByText('typist is typing').waitFor();
  agent.typing(sessionId, false);
  await page.getByText('typist is typing').waitFor({ state: 'detached' });
  await agent.say(sessionId, 'There you are');
  await shows(page, ['Hello', 'There you are']);
  await person.close();
});

test('text is shown as text, whatever it contains', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'literal', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'literal');
  const nasty = '<img src=x onerror="alert(1)"> & <b>bold</b>\n  second line 🙂';
  await write(page, nasty);
  await shows(page, [nasty, `Echo: ${nasty}`]);
  await person.close();
});

test('Enter sends and Shift + Enter starts a new line', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'keys', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'keys');
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  await page.keyboard.press('Enter');
  await shows(page, ['one\ntwo', 'Echo: one\ntwo']);
  await person.close();
});

test('a chat that is ended by hand says so, and can be carried on with all that was said', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'ender', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'ender');
  await write(page, 'first');
  await shows(page, ['first', 'Echo: first']);
  const old = await sessionOf(page);
  await page.getByRole('button', { name: 'End chat' }).click();
  await page.getByRole('heading', { name: 'This chat is complete' }).waitFor();
  await page.getByText('Ended by you').waitFor();
  assert.equal(
    await page.getByLabel('Message', { exact: true }).isVisible(),
    false,
    'nothing can be written into an ended chat',
  );

  await page.reload();
  await page.getByRole('heading', { name: 'This chat is complete' }).waitFor();
  await shows(page, ['first', 'Echo: first']);

  await page.getByRole('button', { name: 'Continue this conversation' }).click();
  await write(page, 'second');
  await shows(page, ['first', 'Echo: first', 'second', 'Echo: second']);
  assert.notEqual(await sessionOf(page), old);
  await person.close();
});

test('the frames are shown as they pass, and can be opened, paused, cleared and folded away', async () => {
  const agent = await Agent.connect(gateway.socketUrl, 'framed', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await startChat(page, 'framed');
  await write(page, 'look');
  await shows(page, ['look', 'Echo: look']);
  const panel = page.getByRole('complementary', { name: 'Frames' });
  await panel.locator('[data-direction="in"] .title', { hasText: /^message$/ }).waitFor();
  const sent = panel.locator('[data-direction="out"] details', { hasText: 'message.send' }).first();
  await sent.locator('summary').click();
  assert.match(await sent.locator('pre').textContent(), /"content": "look"/);

  await panel.getByRole('button', { name: 'Pause' }).click();
  await panel.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('Nothing has passed yet.').waitFor();
  await write(page, 'unseen');
  await shows(page, ['look', 'Echo: look', 'unseen', 'Echo: unseen']);
  assert.equal(await panel.locator('li').count(), 0, 'nothing is drawn while paused');
  await panel.getByRole('button', { name: 'Resume' }).click();
  await panel.locator('.title', { hasText: 'message.send' }).first().waitFor();

  await panel.getByRole('button', { name: 'Close frames' }).click();
  await panel.waitFor({ state: 'hidden' });
  const toggle = page.getByRole('button', { name: 'Frames' });
  assert.equal(await toggle.getAttribute('aria-expanded'), 'false');
  assert.ok(await toggle.evaluate((button) => button === document.activeElement), 'focus is not lost');
  await toggle.click();
  await panel.waitFor();
  await person.close();
});
