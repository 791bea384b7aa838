/**
 * The view of the frames as they pass: what goes out and comes in, when, and on demand the whole JSON. The last
 * few hundred are kept; while it is paused or folded away, it goes on keeping but draws nothing.
 */

const KEPT = 300;

/** The time of day with milliseconds. */
function clock(at) {
  const time = new Date(at);
  const two = (n) => String(n).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

export class Frames {
  #list;
  #count;
  #empty;
  #frames = [];
  /** Sent requests that wait for their answer, by id: so that an answer can say what it answers. */
  #asked = new Map();
  #nextKey = 1;
  #total = 0;
  #paused = false;
  #visible = false;
  #drawing = false;

  constructor(root) {
    this.#list = root.querySelector('#frames-list');
    this.#count = root.querySelector('#frames-count');
    this.#empty = root.querySelector('#frames-empty');
    const pause = root.querySelector('#frames-pause');
    pause.addEventListener('click', () => {
      this.#paused = !this.#paused;
      pause.setAttribute('aria-pressed', String(this.#paused));
      pause.textContent = this.#paused ? 'Resume' : 'Pause';
      this.#schedule();
    });
    root.querySelector('#frames-clear').addEventListener('click', () => {
      this.#frames = [];
      this.#total = 0;
      this.#draw();
    });
  }

  set visible(visible) {
    this.#visible = visible;
    if (visible) {
      this.#draw();
      this.#list.scrollTop = this.#list.scrollHeight;
    }
  }

  /** Takes `{direction: in|out|note, text, value?, at}`. */
  add(frame) {
    this.#total += 1;
    this.#frames.push({ ...frame, ...this.#describe(frame), key: this.#nextKey++ });
    if (this.#frames.length > KEPT) {
      this.#frames.shift();
    }
    this.#schedule();
  }

  #describe({ direction, text, value, at }) {
    if (direction === 'note') {
      this.#asked.clear();
      return { title: text };
    }
    if (Array.isArray(value)) {
      return { title: `batch of ${value.length}` };
    }
    if (value.method !== undefined) {
      if (value.id !== undefined) {
        this.#asked.set(value.id, { method: value.method, at });
      }
      const { seq, index } = value.params ?? {};
      const place = seq !== undefined ? `seq ${seq}` : index !== undefined ? `piece ${index}` : '';
      return { title: value.method, tag: value.id === undefined ? place : `#${value.id}` };
    }
    const asked = this.#asked.get(value.id);
    this.#asked.delete(value.id);
    const took = asked ? ` · ${at - asked.at} ms` : '';
    const failed = value.error !== undefined;
    const name = asked?.method ?? 'answer';
    return {
      title: failed ? `${name}: ${value.error.data?.code ?? value.error.code}` : name,
      tag: `#${value.id ?? '–'}${took}`,
      answer: true,
      failed,
    };
  }

  #schedule() {
    if (this.#drawing || !this.#visible) {
      return;
    }
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      this.#draw();
    }, 60);
  }

  #draw() {
    const shown = this.#paused ? 'paused' : `last ${Math.min(this.#total, KEPT)}`;
    this.#count.textContent = this.#total === 0 ? '' : `${this.#total} passed, ${shown}`;
    this.#empty.hidden = this.#frames.length > 0;
    if (this.#paused && this.#frames.length > 0) {
      return;
    }
    const list = this.#list;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const first = this.#frames[0]?.key ?? Infinity;
    while (list.firstElementChild && Number(list.firstElementChild.dataset.key) < first) {
      list.firstElementChild.remove();
    }
    const last = Number(list.lastElementChild?.dataset.key ?? 0);
    list.append(...this.#frames.filter((frame) => frame.key > last).map((frame) => this.#item(frame)));
    if (atEnd) {
      list.scrollTop = list.scrollHeight;
    }
  }

  #item(frame) {
    const item = document.createElement('li');
    item.dataset.key = frame.key;
    item.dataset.direction = frame.direction;
    item.classList.toggle('failed', frame.failed === true);
    const head = document.createElement(frame.direction === 'note' ? 'p' : 'summary');
    const arrow = { in: ['↓', 'in'], out: ['↑', 'out'], note: ['•', 'note'] }[frame.direction];
    const sign = span('sign', arrow[0]);
    sign.setAttribute('aria-hidden', 'true');
    head.append(
      sign,
      span('sr', arrow[1]),
      span('time', clock(frame.at)),
      span(frame.answer ? 'title answer' : 'title', frame.title),
      span('tag', frame.tag ?? ''),
    );
    if (frame.direction === 'note') {
      item.append(head);
      return item;
    }
    const details = document.createElement('details');
    details.append(head);
    details.addEventListener('toggle', () => {
      if (details.open && details.childElementCount === 1) {
        const json = document.createElement('pre');
        json.textContent = JSON.stringify(frame.value, null, 2);
        details.append(json);
      }
      if (details.open) {
        item.scrollIntoView({ block: 'nearest' });
      }
    });
    item.append(details);
    return item;
  }
}

function span(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}
