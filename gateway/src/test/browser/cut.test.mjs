import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import {
  CONNECTION_FAILED,
  Person,
  SOON_MS,
  launch,
  linkSays,
  sessionOf,
  shows,
  startChat,
  write,
} from './support/browser.mjs';
import { Gateway } from './support/gateway.mjs';
import { test } from './support/harness.mjs';
import { Proxy } from './support/proxy.mjs';

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

test('a cut loses and doubles nothing, in neither direction', async () => {
  const proxy = await Proxy.start(gateway.port);
  const agent = await Agent.connect(gateway.socketUrl, 'steady');
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(proxy.url);
  await startChat(page, 'steady');
  const sessionId = await sessionOf(page);
  await write(page, 'before');
  await agent.nextMessage();
  await agent.say(sessionId, 'heard before');
  const expected = ['before', 'heard before'];
  await shows(page, expected);

  for (const round of ['first', 'second', 'third']) {
    proxy.cut();
    await linkSays(page, 'Offline, retrying');
    await page.getByText('What you write is kept').waitFor();
    for (const n of [1, 2]) {
      await agent.say(sessionId, `said during the ${round} cut, ${n}`);
      expected.push(`said during the ${round} cut, ${n}`);
    }
    for (const n of [1, 2]) {
      await write(page, `written during the ${round} cut, ${n}`);
      expected.push(`written during the ${round} cut, ${n}`);
    }
    // The page draws once a frame, so what was written shows a moment later.
    await page.waitForFunction(() => document.querySelectorAll('[data-state="queued"]').length === 2);
    proxy.mend();
    await linkSays(page, 'Online');
    await shows(page, expected);
    assert.equal((await agent.nextMessage()).content, `written during the ${round} cut, 1`);
    assert.equal((await agent.nextMessage()).content, `written during the ${round} cut, 2`);
  }

  await agent.say(sessionId, 'the end');
  await shows(page, [...expected, 'the end']);
  assert.equal(agent.received.length, 7, 'the agent got every message once');
  const history = await gateway.http('GET', `/api/messaging/sessions/${sessionId}/messages?limit=100`);
  assert.deepEqual(history.messages.map((message) => message.content).reverse(), [...expected, 'the end']);
  await person.close();
});

test('an answer that is cut in its midst arrives whole', async () => {
  const proxy = await Proxy.start(gateway.port);
  const agent = await Agent.connect(gateway.socketUrl, 'halved');
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(proxy.url);
  await startChat(page, 'halved');
  await write(page, 'Go');
  const answer = agent.answer(await agent.nextMessage());
  answer.piece('one ');
  await page.locator('.draft .bubble', { hasText: 'one' }).waitFor();
  proxy.cut();
  await page.getByText('Interrupted. The whole message follows').waitFor();
  answer.piece('two ');
  proxy.mend();
  await linkSays(page, 'Online');
  answer.piece('three');
  await answer.finish('one two three');
  await shows(page, ['Go', 'one two three']);
  assert.equal(await page.locator('.draft').count(), 0);
  await person.close();
});

test('a send whose answer got lost in the cut is settled once', async () => {
  const proxy = await Proxy.start(gateway.port);
  const agent = await Agent.connect(gateway.socketUrl, 'once');
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(proxy.url);
  await startChat(page, 'once');
  const sessionId = await sessionOf(page);
  proxy.mute();
  await write(page, 'did it arrive?');
  await agent.nextMessage();
  await page.locator('[data-state="sending"]').waitFor();
  proxy.cut();
  await linkSays(page, 'Offline, retrying');
  proxy.mend();
  await shows(page, ['did it arrive?']);
  await agent.say(sessionId, 'it did');
  await shows(page, ['did it arrive?', 'it did']);
  assert.deepEqual(agent.received, ['did it arrive?']);
  await person.close();
});

test('a connection that is dead without being closed is noticed, and nothing is lost by it', async () => {
  const proxy = await Proxy.start(gateway.port);
  const agent = await Agent.connect(gateway.socketUrl, 'undead');
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(proxy.url);
  await startChat(page, 'undead');
  const sessionId = await sessionOf(page);
  proxy.mute();
  await write(page, 'hello?');
  await agent.nextMessage();
  await agent.say(sessionId, 'I hear you');
  await page.getByText('The connection went silent.').waitFor({ timeout: 2 * SOON_MS });
  proxy.mend();
  await shows(page, ['hello?', 'I hear you']);
  assert.deepEqual(agent.received, ['hello?']);
  await person.close();
});

test('somebody who comes back to the tab does not have to wait for the next try', async () => {
  const proxy = await Proxy.start(gateway.port);
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  await person.context.addInitScript(() => {
    globalThis.opened = 0;
    globalThis.WebSocket = class extends WebSocket {
      constructor(...args) {
        super(...args);
        globalThis.opened += 1;
      }
    };
  });
  const page = await person.open(proxy.url);
  await startChat(page, 'sample');
  proxy.cut();
  await page.getByText(/Next try in ([3-9]|1\d) s/).waitFor({ timeout: 60_000 });
  proxy.mend();
  const opened = await page.evaluate(() => globalThis.opened);
  await comeBackToTab(page);
  assert.equal(await page.evaluate(() => globalThis.opened), opened + 1, 'it tried at once, and once only');
  await linkSays(page, 'Online');
  await person.close();
});

test('what was written in a cut survives even the closing of the tab', async () => {
  const proxy = await Proxy.start(gateway.port);
  const agent = await Agent.connect(gateway.socketUrl, 'patient', echo);
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(proxy.url);
  await startChat(page, 'patient');
  proxy.cut();
  await linkSays(page, 'Offline, retrying');
  await write(page, 'do not forget me');
  await page.close();
  proxy.mend();
  const again = await person.open(proxy.url);
  await shows(again, ['do not forget me', 'Echo: do not forget me']);
  await person.close();
});

test('what was written into a chat that had ended meanwhile is not lost either', async () => {
  const proxy = await Proxy.start(gateway.port);
  await Agent.connect(gateway.socketUrl, 'gone-meanwhile', echo);
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(proxy.url);
  await startChat(page, 'gone-meanwhile');
  const sessionId = await sessionOf(page);
  await write(page, 'in time');
  await shows(page, ['in time', 'Echo: in time']);
  proxy.cut();
  await linkSays(page, 'Offline, retrying');
  await write(page, 'too late');
  await gateway.http('POST', `/api/messaging/sessions/${sessionId}/terminate`, { reason: 'closing time' });
  proxy.mend();
  await page.getByRole('heading', { name: 'This chat was stopped' }).waitFor();
  await page.getByText('Reason: closing time').waitFor();
  await page.getByText('Not sent.').waitFor();
  await page.getByRole('button', { name: 'Edit again' }).click();
  await page.getByRole('button', { name: 'Continue this conversation' }).click();
  await page.getByLabel('Message', { exact: true }).waitFor();
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), 'too late');
  await page.getByRole('button', { name: 'Send' }).click();
  await shows(page, ['in time', 'Echo: in time', 'too late', 'Echo: too late']);
  await person.close();
});

test('a gateway that was killed is told of, tried again, and its lost chat is not waited for', async () => {
  const doomed = await Gateway.startForTest();
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(doomed.url);
  await startChat(page, 'sample');
  await write(page, 'Hello?');
  await shows(page, ['Hello?']);
  await doomed.kill();
  await linkSays(page, 'Offline, retrying');
  await page.getByText('The connection was lost.').waitFor();
  await page.getByText(/Next try in \d+ s/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try now' }).isEnabled(), true);

  // It kept everything in memory: the new one knows nothing of the chat, and the page has to say so.
  await Gateway.startForTest({}, doomed.port);
  await page.getByRole('heading', { name: 'This chat is no longer there' }).waitFor({ timeout: 2 * SOON_MS });
  await linkSays(page, 'Online');
  await page.getByRole('button', { name: 'Start a new chat' }).click();
  await startChat(page, 'sample');
  await write(page, 'Hello again');
  await shows(page, ['Hello again']);
  await person.close();
});

test('a gateway that is asked to stop says so before it goes', async () => {
  const leaving = await Gateway.startForTest({ DRAIN_SECONDS: '3' });
  const person = await Person.arrive(browser);
  person.expectComplaints(CONNECTION_FAILED);
  const page = await person.open(leaving.url);
  await startChat(page, 'sample');
  await leaving.stop();
  await linkSays(page, 'Offline, retrying');
  await page.locator('#frames-list .title', { hasText: 'server.draining' }).waitFor();
  await page.locator('#frames-list .title', { hasText: 'socket closed, code 4000' }).waitFor();
  await person.close();
});

/** What makes the page try at once when it waits for nothing but its own patience. */
function comeBackToTab(page) {
  return page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    dispatchEvent(new Event('online'));
  });
}

test('close codes are obeyed: 4503 ends the trying until a person asks for it', async () => {
  const person = await Person.arrive(browser);
  const page = await person.context.newPage();
  const sockets = [];
  await page.routeWebSocket('**/ws', (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await page.goto(gateway.url);
  await startChat(page, 'sample');
  await sockets[0].close({ code: 4503, reason: 'forbidden' });
  await linkSays(page, 'Disconnected');
  await page.getByText('The gateway refused access.').waitFor();
  await page.getByText('This page does not try again by itself.').waitFor();
  await comeBackToTab(page);
  assert.equal(sockets.length, 1, 'it did not come back by itself');
  await page.getByRole('button', { name: 'Connect again' }).click();
  await linkSays(page, 'Online');
  assert.equal(sockets.length, 2);
  await person.close();
});

test('a gateway that drains is come back to after the time that it told, not before', async () => {
  const pauseMs = 2_500;
  const person = await Person.arrive(browser);
  const page = await person.context.newPage();
  const sockets = [];
  const openedAt = [];
  await page.routeWebSocket('**/ws', (socket) => {
    socket.connectToServer();
    sockets.push(socket);
    openedAt.push(Date.now());
  });
  await page.goto(gateway.url);
  await startChat(page, 'sample');
  const toldAt = Date.now();
  sockets[0].send(JSON.stringify({ jsonrpc: '2.0', method: 'server.draining', params: { reconnectAfterMs: pauseMs } }));
  await linkSays(page, 'Online, gateway restarting');
  await sockets[0].close({ code: 4000 });
  await page.getByText('The gateway is restarting.').waitFor();
  await comeBackToTab(page);
  await linkSays(page, 'Online');
  assert.ok(openedAt[1] - toldAt >= pauseMs, `came back after ${openedAt[1] - toldAt} ms`);
  await write(page, 'still here');
  await shows(page, ['still here']);
  await person.close();
});

/** A page whose pushes a test can add to, as a gateway would send them. */
async function withInjection(person) {
  const page = await person.context.newPage();
  let socket;
  await page.routeWebSocket('**/ws', (route) => {
    route.connectToServer();
    socket = route;
  });
  await page.goto(gateway.url);
  await startChat(page, 'sample');
  const sessionId = await sessionOf(page);
  await write(page, 'Hello');
  await shows(page, ['Hello']);
  return {
    page,
    push: (method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', method, params: { sessionId, ...params } })),
  };
}

test('what the gateway says it cannot deliver is shown as a gap', async () => {
  const person = await Person.arrive(browser);
  const { page, push } = await withInjection(person);
  push('gap', { epoch: 'e', from: 7, to: 9, cause: 'lost' });
  await page.getByText('The gateway lost 3 entries here.').waitFor();
  push('gap', { epoch: 'e', from: 12, to: 12, cause: 'trimmed' });
  await page.getByText('1 entry from before is no longer kept.').waitFor();
  await person.close();
});

test('merged pieces join on, and where one is missing no text is made up', async () => {
  const person = await Person.arrive(browser);
  const { page, push } = await withInjection(person);
  const piece = (messageId, index, lastIndex, chunk) =>
    push('message.delta', { messageId, index, lastIndex, chunk, authorId: 'sample' });
  piece('whole', 0, undefined, 'a');
  piece('whole', 1, 4, 'bcde');
  piece('whole', 5, undefined, 'f');
  await page.locator('[data-message-id="whole"] .bubble', { hasText: /^abcdef$/ }).waitFor();
  piece('holed', 0, undefined, 'start');
  piece('holed', 2, undefined, 'end');
  piece('holed', 3, undefined, 'more');
  piece('whole', 6, undefined, 'g');
  await page.locator('[data-message-id="whole"] .bubble', { hasText: /^abcdefg$/ }).waitFor();
  assert.equal(await page.locator('[data-message-id="holed"] .bubble').textContent(), 'start');
  await person.close();
});

test('the waits between attempts are spread over the whole range and bounded', async () => {
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  const found = await page.evaluate(async () => {
    const { fullJitter, mayReconnect } = await import('/web/backoff.js');
    return {
      none: fullJitter(3, () => 0),
      half: [0, 1, 2, 3].map((attempt) => fullJitter(attempt, () => 0.5)),
      most: fullJitter(1_000, () => 0.999_999),
      back: [1001, 1006, 1011, 4000, 4001, 4499, 5000].map(mayReconnect),
      stay: [1008, 1009, 4500, 4502, 4999].map(mayReconnect),
    };
  });
  assert.equal(found.none, 0);
  assert.deepEqual(found.half, [250, 500, 1_000, 2_000]);
  assert.equal(found.most, 20_000);
  assert.ok(found.back.every((may) => may));
  assert.ok(found.stay.every((may) => !may));
  await person.close();
});
