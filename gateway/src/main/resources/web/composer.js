/** Where a message is written: grows with the text, sends on Enter where there is a real keyboard. */

import { find, setText } from './dom.js';

const TALLEST_PX = 200;
/** From here on it is told how much room is left. */
const LITTLE_ROOM = 400;

export class Composer {
  #text = find('text');

  /**
   * @param {object} options
   * @param {(content: string) => void} options.onSend
   * @param {(on: boolean) => void} options.onTyping something is being written, or was taken away again
   */
  constructor({ onSend, onTyping }) {
    const text = this.#text;
    const touch = matchMedia('(pointer: coarse)').matches;
    find('keys').hidden = touch;
    text.addEventListener('input', () => {
      this.#fit();
      onTyping(text.value.length > 0);
    });
    text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !touch) {
        event.preventDefault();
        find('composer').requestSubmit();
      }
    });
    find('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      const content = text.value.trim();
      if (content.length > 0) {
        text.value = '';
        this.#fit();
        onSend(content);
      }
      text.focus();
    });
  }

  /** How many UTF-16 units a message may have. */
  set limit(units) {
    this.#text.maxLength = units;
  }

  focus() {
    this.#text.focus();
  }

  /** Puts a text back to be edited, below what is there. */
  add(content) {
    this.#text.value = this.#text.value ? `${this.#text.value}\n${content}` : content;
    this.#fit();
    this.focus();
  }

  #fit() {
    const text = this.#text;
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight, TALLEST_PX)}px`;
    const room = text.maxLength - text.value.length;
    setText('room', room < LITTLE_ROOM ? `${room} characters left` : '');
  }
}
