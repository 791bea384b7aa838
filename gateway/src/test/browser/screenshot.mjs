// Takes the picture of the page that the README shows: node screenshot.mjs [file]

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent } from './support/agent.mjs';
import { Person, launch, shows, write } from './support/browser.mjs';
import { closeAll } from './support/cleanup.mjs';
import { Gateway } from './support/gateway.mjs';

const target = process.argv[2] ?? fileURLToPath(new URL('../../../../docs/images/page.png', import.meta.url));

const FIRST = 'What happens when my train goes into a tunnel?';
const FIRST_ANSWER =
  'Nothing is lost. This page remembers how far it has read, comes back by itself, and the gateway sends exactly what you missed, in order.';
const SECOND = 'And what I write meanwhile?';
const SECOND_PIECES = [
  'It waits in your browser ',
  'and is sent once, ',
  'however often the connection drops. ',
  'I am still wri',
];

const browser = await launch();
let gateway;
try {
  gateway = await Gateway.start();
  const agent = await Agent.connect(gateway.socketUrl, 'sample', undefined, 'Sample agent');
  const person = await Person.arrive(browser, {
    viewport: { width: 1280, height: 760 },
    deviceScaleFactor: 1.25,
    locale: 'en-GB',
  });
  const page = await person.open(gateway.url);
  await page.getByRole('button', { name: 'Sample agent' }).click();
  await page.locator('#agent-text', { hasText: /^Online$/ }).waitFor();
  await write(page, FIRST);
  await agent.answer(await agent.nextMessage()).finish(FIRST_ANSWER);
  await shows(page, [FIRST, FIRST_ANSWER]);
  await write(page, SECOND);
  const second = agent.answer(await agent.nextMessage());
  for (const piece of SECOND_PIECES) {
    second.piece(piece);
  }
  await page.locator('.draft .bubble', { hasText: SECOND_PIECES.join('') }).waitFor();
  const delta = page.locator('#frames-list details', { hasText: 'message.delta' }).last();
  await delta.locator('summary').click();
  await page.getByLabel('Message', { exact: true }).focus();
  mkdirSync(dirname(target), { recursive: true });
  await page.screenshot({ path: target, animations: 'disabled' });
} finally {
  await closeAll();
  await browser.close();
  await gateway?.stop();
}
