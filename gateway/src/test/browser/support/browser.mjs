// A real Chromium, and the page as a person meets it.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { closeLater } from './cleanup.mjs';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
];

/** How long a test waits for what should happen soon. */
export const SOON_MS = 30_000;

function executable() {
  const wanted = process.env.CHROMIUM ? [process.env.CHROMIUM] : USUAL_PLACES;
  const found = wanted.find((path) => existsSync(path));
  if (!found) {
    throw new Error(
      `These tests need Chromium, and there is none at ${wanted.join(', ')}. ` +
        'Install it (Debian: apt-get install chromium), or set CHROMIUM to the path of the program.',
    );
  }
  return found;
}

export function launch() {
  return chromium.launch({
    executablePath: executable(),
    headless: true,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * A person with a browser of their own: storage and tabs that nobody else shares. Whatever the page complains about
 * is collected; `close` fails the test when it did, save for what `expectComplaints` allows.
 */
export class Person {
  #complaints = [];
  #allowed = [];

  static async arrive(browser, options = {}) {
    const person = new Person();
    person.context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    person.context.setDefaultTimeout(SOON_MS);
    closeLater(() => person.context.close());
    return person;
  }

  async open(url) {
    const page = await this.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.#complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => this.#complaints.push(String(error)));
    await page.goto(url);
    return page;
  }

  /** A connection that cannot be made is reported by the browser itself; a test that cuts it says so here. */
  expectComplaints(pattern) {
    this.#allowed.push(pattern);
  }

  async close() {
    await this.context.close();
    const unexpected = this.#complaints.filter((text) => !this.#allowed.some((pattern) => pattern.test(text)));
    assert.deepEqual(unexpected, [], 'the page wrote errors to the console');
  }
}

/** What the browser says when a connection is refused or breaks. */
export const CONNECTION_FAILED = /WebSocket connection to .* failed|net::ERR_/;

/** Starts a chat from the first view. */
export async function startChat(page, agentId) {
  await page.getByLabel('Agent', { exact: true }).fill(agentId);
  await page.getByRole('button', { name: 'Start chat' }).click();
  await page.getByRole('heading', { name: agentId, level: 1 }).waitFor();
  await sessionOf(page);
}

/** The id of the session that this browser is in. */
export async function sessionOf(page) {
  return page.evaluate(() => JSON.parse(localStorage.getItem('parley.session')).sessionId);
}

export async function write(page, text) {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** Waits until the settled messages are exactly these texts, in this order. */
export async function shows(page, texts) {
  try {
    await page.waitForFunction(
      (wanted) =>
        JSON.stringify(
          [...document.querySelectorAll('#log [data-state="settled"] .bubble')].map((bubble) => bubble.textContent),
        ) === wanted,
      JSON.stringify(texts),
    );
  } catch {
    assert.deepEqual(await settled(page), texts);
  }
}

export function settled(page) {
  return page.locator('#log [data-state="settled"] .bubble').allTextContents();
}

/** Waits until the state of the connection reads like this. */
export async function linkSays(page, text) {
  await page.locator('#link-text', { hasText: text }).waitFor();
}
