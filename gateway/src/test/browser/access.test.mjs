import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { Person, launch, shows, startChat, write } from './support/browser.mjs';
import { Gateway } from './support/gateway.mjs';
import { test } from './support/harness.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const LONG = `${'longwordwithoutanybreak'.repeat(12)} and then a sentence that is long enough to wrap more than once on a phone.`;

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

/** Whether anything sticks out to the side. */
function widths(page) {
  return page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: innerWidth }));
}

/** Every visible text whose contrast with what is behind it is below 4.5 : 1. */
function faintTexts(page) {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return canvas.getImageData(0, 0, 1, 1).data;
    };
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) =>
        c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const color = rgba(getComputedStyle(at).backgroundColor);
        if (color[3] > 250) {
          return color;
        }
      }
      return [255, 255, 255];
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      const text = walker.currentNode.data.trim();
      if (!text || !node.checkVisibility() || node.closest(':disabled, noscript, .sr, .skip')) {
        continue;
      }
      const [a, b] = [luminance(rgba(getComputedStyle(node).color)), luminance(behind(node))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) {
        faint.push(`${text.slice(0, 30)}: ${ratio.toFixed(2)}`);
      }
    }
    return faint;
  });
}

test('on a phone nothing sticks out to the side, in any view', async () => {
  await Agent.connect(gateway.socketUrl, 'wide', echo);
  const person = await Person.arrive(browser, PHONE);
  const page = await person.open(gateway.url);
  const fits = async (view) => {
    const { content, window } = await widths(page);
    assert.ok(content <= window, `${view}: ${content} px wide in a window of ${window} px`);
  };
  await fits('start');
  for (const control of [page.getByLabel('Agent', { exact: true }), page.getByRole('button', { name: 'Start chat' })]) {
    assert.ok((await control.boundingBox()).height >= 40, 'it is large enough for a finger');
  }
  await startChat(page, 'wide');
  await fits('empty chat');
  await write(page, LONG);
  await shows(page, [LONG, `Echo: ${LONG}`]);
  await fits('chat');
  const composer = await page.getByLabel('Message', { exact: true }).boundingBox();
  assert.ok(composer.y + composer.height <= 844, 'the box to write in is on the screen');
  await page.getByRole('button', { name: 'Frames' }).click();
  await page.getByRole('complementary', { name: 'Frames' }).waitFor();
  await fits('frames');
  await page.getByRole('button', { name: 'Close frames' }).click();
  await page.getByRole('button', { name: 'End chat' }).click();
  await page.getByRole('heading', { name: 'This chat is complete' }).waitFor();
  await fits('ended chat');
  await person.close();
});

test('every control has a name and a role, and the landmarks are there', async () => {
  await Agent.connect(gateway.socketUrl, 'named', echo);
  const person = await Person.arrive(browser, PHONE);
  const page = await person.open(gateway.url);
  await page.getByRole('button', { name: 'named' }).waitFor();
  const nameless = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('button, input, textarea, [tabindex="0"]')]
        .filter((control) => control.checkVisibility())
        .filter(
          (control) =>
            !(
              control.getAttribute('aria-label') ||
              control.textContent.trim() ||
              control.labels?.length ||
              control.getAttribute('aria-labelledby')
            ),
        )
        .map((control) => control.outerHTML),
    );
  assert.deepEqual(await nameless(), []);
  for (const role of ['banner', 'main']) {
    await page.getByRole(role).first().waitFor();
  }
  await page.getByRole('textbox', { name: 'Agent' }).waitFor();
  await startChat(page, 'named');
  await write(page, 'Hi');
  await shows(page, ['Hi', 'Echo: Hi']);
  assert.deepEqual(await nameless(), []);
  for (const [role, name] of [
    ['textbox', 'Message'],
    ['button', 'Send'],
    ['button', 'End chat'],
    ['button', 'Frames'],
    ['log', 'Messages'],
    ['region', 'Conversation'],
    ['timer', /Ends in/],
    ['heading', 'named'],
  ]) {
    assert.equal(await page.getByRole(role, { name, exact: true }).count(), 1, `${role} ${name}`);
  }
  assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'polite');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await person.close();
});

test('the page can be used by keyboard alone', async () => {
  await Agent.connect(gateway.socketUrl, 'keyboard', echo);
  const person = await Person.arrive(browser);
  const page = await person.open(gateway.url);
  await page.getByRole('button', { name: 'keyboard' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the chat');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'agent-id');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('keyboard');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'text');
  await page.keyboard.type('typed');
  await page.keyboard.press('Enter');
  await shows(page, ['typed', 'Echo: typed']);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'text', 'writing goes on where it was');
  await person.close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`texts stand out from what is behind them (${colorScheme})`, async () => {
    await Agent.connect(gateway.socketUrl, `contrast-${colorScheme}`, echo);
    const person = await Person.arrive(browser, { colorScheme });
    const page = await person.open(gateway.url);
    await page.getByRole('button', { name: `contrast-${colorScheme}` }).waitFor();
    assert.deepEqual(await faintTexts(page), []);
    await startChat(page, `contrast-${colorScheme}`);
    await write(page, 'Hi');
    await shows(page, ['Hi', 'Echo: Hi']);
    assert.deepEqual(await faintTexts(page), []);
    await person.close();
  });
}

test('whoever wants less motion gets none', async () => {
  const person = await Person.arrive(browser, { reducedMotion: 'reduce' });
  const page = await person.open(gateway.url);
  await startChat(page, 'sample');
  await page.locator('#agent-text', { hasText: 'Offline' }).waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  await person.close();
});

test('the page keeps to a strict content security policy', async () => {
  const response = await fetch(gateway.url);
  const policy = response.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
  const html = await response.text();
  assert.doesNotMatch(html, /<style|style="| on\w+="/);
});
