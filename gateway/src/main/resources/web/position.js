/**
 * How far this page is in a session's log: the place of the last push that it got, in the log of one epoch. Answers to
 * its own sends never move it, or what others said just before would be lost with the next cut.
 */
export class Position {
  #epoch;
  #seq;
  #named = false;

  /** @param {number | undefined} seq 0: everything in the log is to come; undefined: the gateway says where it begins */
  constructor(seq) {
    this.#seq = seq;
  }

  get seq() {
    return this.#seq;
  }

  /** What the gateway is to be told in order to go on from here. */
  name() {
    this.#named = this.#seq !== undefined;
    return { epoch: this.#epoch, seq: this.#seq };
  }

  /**
   * The gateway goes on from where its entry says, which is behind a gap if there is one.
   *
   * @returns {boolean} whether it is another log than before
   */
  attached({ epoch, seq, gap }) {
    const replaced = this.#epoch !== undefined && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (gap) {
      this.#seq = gap.to;
    } else if (!this.#named || this.#seq === undefined) {
      this.#seq = seq;
    }
    return replaced;
  }

  /** A push came that has a place in the log; nothing happens for one that has none. */
  pushed({ epoch, seq }) {
    if (epoch !== undefined && Number.isInteger(seq) && (epoch !== this.#epoch || !(seq <= this.#seq))) {
      this.#epoch = epoch;
      this.#seq = seq;
    }
  }
}
