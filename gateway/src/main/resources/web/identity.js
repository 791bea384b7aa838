/**
 * What this browser remembers: who the person is and which chat they are in (shared by all tabs), the messages that
 * are not settled yet, and the surface that this one tab is.
 */

const USER = 'parley.user';
const SESSION = 'parley.session';
const OUTBOX = 'parley.outbox.';
const SURFACE = 'parley.surface';

/** A random UUID; also where the page is not served over a secure origin and `randomUUID` is missing. */
export function uuid() {
  if (crypto.randomUUID) {
    return crypto.randomUUID();
  }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Storage that was turned off by the browser counts as empty: the page then works, for as long as the tab lives. */
function read(storage, key) {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    globalThis[storage].setItem(key, value);
  } catch {
    // Full or forbidden: the page goes on without remembering.
  }
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The id of the person, the same in every tab. */
export function userId() {
  let id = read('localStorage', USER);
  if (!id) {
    id = `user-${uuid().slice(0, 8)}`;
    write('localStorage', USER, id);
    id = read('localStorage', USER) ?? id;
  }
  return id;
}

/**
 * The id of this tab. It survives a reload; a duplicated tab, which starts with a copy of it, gets one of its own:
 * the first tab holds a lock on it for as long as it lives.
 */
export async function surfaceId() {
  const known = read('sessionStorage', SURFACE);
  const id = known && (await claim(known)) ? known : `tab-${uuid().slice(0, 8)}`;
  if (id !== known) {
    write('sessionStorage', SURFACE, id);
    await claim(id);
  }
  return id;
}

function claim(id) {
  if (!navigator.locks) {
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    navigator.locks.request(`${SURFACE}.${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Held until the tab goes away.
      return lock === null ? undefined : new Promise(() => {});
    });
  });
}

/** @returns {{sessionId: string, agentId: string} | null} the chat that the person is in */
export function currentSession() {
  const session = readJson(read('localStorage', SESSION));
  return typeof session?.sessionId === 'string' ? session : null;
}

export function rememberSession(session) {
  write('localStorage', SESSION, JSON.stringify(session));
}

/** Calls back when another tab moved on to another chat. */
export function onSessionElsewhere(callback) {
  addEventListener('storage', (event) => {
    if (event.key === SESSION) {
      const session = readJson(event.newValue);
      if (typeof session?.sessionId === 'string') {
        callback(session);
      }
    }
  });
}

/** Keeps a message until it is settled; one key each, so that tabs never overwrite each other's. */
export function keepUnsent(message) {
  write('localStorage', OUTBOX + message.messageId, JSON.stringify(message));
}

export function forgetUnsent(messageId) {
  try {
    localStorage.removeItem(OUTBOX + messageId);
  } catch {
    // Nothing was kept.
  }
}

/** The unsettled messages of a session, oldest first; those of other sessions can no longer be sent and are dropped. */
export function unsentOf(sessionId) {
  let keys;
  try {
    keys = Object.keys(localStorage).filter((key) => key.startsWith(OUTBOX));
  } catch {
    return [];
  }
  const found = [];
  for (const key of keys) {
    const message = readJson(read('localStorage', key));
    if (message?.sessionId === sessionId) {
      found.push(message);
    } else {
      forgetUnsent(key.slice(OUTBOX.length));
    }
  }
  return found.sort((a, b) => a.writtenAt - b.writtenAt);
}
