/** Reads a text from left to right by sticky patterns, without ever going back. */
export class Cursor {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get rest(): string {
    return this.text.slice(this.#at);
  }

  get done(): boolean {
    return this.#at >= this.text.length;
  }

  /** What a pattern with the flag `y` matches here, and moves behind it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  space(): void {
    this.take(/[ \t]+/y);
  }
}

/** Thrown inside a parser and caught at its edge: what stands there instead of what should. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected';
  readonly expected: string;

  constructor(expected: string) {
    super(`expected ${expected}`);
    this.expected = expected;
  }
}
