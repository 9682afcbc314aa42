import type { Sink } from '../io.ts';

const DEFAULT_ROWS = 24;

/** DECAWM off and on: a long line is cut by the terminal, since a wrapped one would be two rows. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

/** Redraws a block of lines in place. */
export class LiveView {
  readonly #sink: Sink;
  #drawn = '';
  #lines = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** A frame higher than the terminal is cut: the cursor cannot go back above its top. */
  draw(frame: string): void {
    const lines = frame.split('\n').slice(0, (this.#sink.rows ?? DEFAULT_ROWS) - 1);
    const text = lines.join('\n');
    if (text === this.#drawn) return;
    this.#sink.write(`${NO_WRAP}${this.#rewind()}${text}\n${WRAP}`);
    this.#drawn = text;
    this.#lines = lines.length;
  }

  clear(): void {
    this.#sink.write(this.#rewind());
    this.#drawn = '';
    this.#lines = 0;
  }

  #rewind(): string {
    return this.#lines > 0 ? `\u001b[${this.#lines}A\u001b[0J` : '';
  }
}
