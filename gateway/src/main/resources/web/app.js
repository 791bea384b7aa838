/**
 * Puts the page together: one connection, at most one chat, one view, and what runs beside them: heartbeats, the
 * drawing, the list of agents, and keeping step with the other tabs.
 */

import { Attention } from './attention.js';
import { Chat } from './chat.js';
import { Connection, NoAnswer } from './connection.js';
import { connectedTo } from './demo.js';
import { Frames } from './frames.js';
import { currentSession, onSessionElsewhere, rememberSession, surfaceId, userId, uuid } from './identity.js';
import { View } from './view.js';

const CLIENT = { name: 'parley-page', version: '1' };
const AGENTS_EVERY_MS = 4_000;
const TYPING_AGAIN_MS = 3_000;
const TYPING_STOPS_MS = 4_000;
const EAGER_HEARTBEAT_MS = 5_000;

const me = userId();
const surface = await surfaceId();
const attention = new Attention();
const frames = new Frames(document.getElementById('frames'));
const view = new View(me, {
  start,
  send,
  typing,
  stay: () => attempt(() => chat.stay()),
  finish: () => attempt(() => chat.finish()),
  wake: () => attempt(() => chat.wake()),
  older: () => attempt(() => chat.older()),
  continueChat,
  again: showStart,
  takeBack: (messageId) => chat.takeBack(messageId),
  retry: () => connection.retryNow(),
});

let chat = null;
let agents = [];
/** The session that was asked for and not answered: its id is ours, so asking again makes no second one. */
let unanswered = null;
let heartbeatTimer = 0;
let lastHeartbeatAt = 0;
let typingSince = 0;
let typingTimer = 0;
let drawing = false;

const connection = new Connection({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  hello: () => ({
    kind: 'user',
    id: me,
    surfaceId: surface,
    client: CLIENT,
    ...(chat ? { sessions: [chat.where()] } : {}),
  }),
  onReady: ready,
  onPush: pushed,
  onState: (state) => {
    if (state.phase !== 'online') {
      chat?.cut();
      clearTimeout(heartbeatTimer);
    }
    draw();
  },
  onFrame: (frame) => frames.add(frame),
});

wireFrames();
const known = currentSession();
if (known) {
  open(known, { focus: false });
} else {
  showStart();
}
onSessionElsewhere((session) => {
  if (session.sessionId !== chat?.sessionId) {
    open(session, { focus: false });
  }
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) {
    connection.hurry();
    connection.probe();
    draw();
  }
});
setInterval(drawNow, 500);
setInterval(() => listAgents(), AGENTS_EVERY_MS);
connection.start();

function ready(result) {
  connectedTo(result.node);
  view.contentLimit = result.limits?.maxContentLength ?? 4_000;
  const entry = chat && result.sessions?.find((other) => other.sessionId === chat.sessionId);
  if (entry) {
    chat.attached(entry);
  } else {
    chat?.attach();
  }
  listAgents();
  const every = (result.heartbeatSeconds ?? 25) * 1_000;
  clearTimeout(heartbeatTimer);
  heartbeatTimer = setTimeout(() => beat(every), Math.random() * every);
}

function pushed(method, params) {
  if (method === 'agent.online' || method === 'agent.offline') {
    chat?.agentMoved(params.agentId, method === 'agent.online');
    listAgents();
  } else if (chat && params.sessionId === chat.sessionId) {
    chat.push(method, params);
  }
}

/** A sign of life to the gateway. It renews the chat only while the person is there; being connected alone must not. */
function beat(every) {
  heartbeatTimer = setTimeout(() => beat(every), every);
  if (chat && !chat.over) {
    lastHeartbeatAt = Date.now();
    chat.heartbeat(attention.present(chat.timeoutMs));
  } else {
    connection.request('ping', {}).catch(ignored);
  }
}

async function start(agentId) {
  if (unanswered?.agentId !== agentId) {
    unanswered = { sessionId: uuid(), agentId };
  }
  const session = unanswered;
  view.starting = true;
  try {
    await connection.request('session.create', { ...session, userId: me, surfaceId: surface });
    started(session);
  } catch (error) {
    if (error.code === 'SESSION_CONFLICT') {
      // It was made the first time; only the answer got lost.
      started(session);
    } else if (error instanceof NoAnswer) {
      view.notice('The gateway did not answer. Please try again.');
    } else {
      unanswered = null;
      view.notice(error.message);
    }
  } finally {
    view.starting = false;
  }
}

function started(session) {
  unanswered = null;
  enter(session);
}

/** Carries the chat on in a new session that takes along what was said. */
function continueChat() {
  return attempt(async () => {
    const made = await connection.request('session.resume', { sessionId: chat.sessionId });
    enter({ sessionId: made.sessionId, agentId: made.agentId ?? chat.agentId });
  });
}

/** Goes into a session that was made here just now; the other tabs follow. */
function enter(session) {
  rememberSession(session);
  open(session, { focus: true, fresh: true });
}

function open(session, { focus, fresh = false }) {
  chat?.close();
  chat = new Chat({ connection, me, session, fresh, onChange: draw });
  view.clearNotice();
  view.showChat(focus);
  if (connection.online) {
    chat.attach();
  }
  drawNow();
}

function showStart() {
  chat?.close();
  chat = null;
  view.showStart();
  listAgents();
  drawNow();
}

function send(content) {
  typing(false);
  chat.send(content);
}

/** Tells the others that something is being written: at first, every few seconds, and when it stops. */
function typing(on) {
  clearTimeout(typingTimer);
  const now = Date.now();
  if (!on) {
    if (typingSince > 0) {
      typingSince = 0;
      chat?.typingNow(false);
    }
    return;
  }
  if (now - typingSince > TYPING_AGAIN_MS) {
    typingSince = now;
    chat.typingNow(true);
  }
  typingTimer = setTimeout(() => typing(false), TYPING_STOPS_MS);
  if (chat.warning && now - lastHeartbeatAt > EAGER_HEARTBEAT_MS) {
    lastHeartbeatAt = now;
    chat.heartbeat(true);
  }
}

async function listAgents() {
  if (chat !== null || document.hidden) {
    return;
  }
  if (connection.online) {
    await connection.request('agent.list', { online: 'true' }).then((answer) => (agents = answer.agents), ignored);
  }
  draw();
}

/** Does what the person asked for, and tells them when it did not work. */
async function attempt(action) {
  try {
    view.clearNotice();
    await action();
  } catch (error) {
    if (!chat?.over) {
      view.notice(error.message);
    }
  }
}

function ignored() {
  // Nobody waits for this answer; what it would have told comes again.
}

/** Asks for a drawing soon: many changes at once are drawn together. */
function draw() {
  if (drawing) {
    return;
  }
  drawing = true;
  const later = document.hidden ? (action) => setTimeout(action, 250) : requestAnimationFrame;
  later(() => {
    drawing = false;
    drawNow();
  });
}

function drawNow() {
  view.drawLink(connection.state);
  if (chat) {
    view.drawChat(chat, { online: connection.online, now: connection.serverNow() });
  } else {
    view.drawAgents(agents, connection.online);
  }
}

function wireFrames() {
  const panel = document.getElementById('frames');
  const toggle = document.getElementById('frames-toggle');
  const wide = matchMedia('(min-width: 1100px)');
  const show = (open) => {
    panel.hidden = !open;
    toggle.setAttribute('aria-expanded', String(open));
    document.getElementById('shell').classList.toggle('with-frames', open);
    frames.visible = open;
  };
  toggle.addEventListener('click', () => show(panel.hidden));
  document.getElementById('frames-close').addEventListener('click', () => {
    show(false);
    toggle.focus();
  });
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      show(false);
      toggle.focus();
    }
  });
  show(wide.matches);
}
