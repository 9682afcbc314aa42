import pc from 'picocolors';

interface Told {
  readonly title: string;
  readonly seconds: number;
  /** Empty when everything was as it should be. */
  readonly wrong: readonly string[];
}

/** Tells the demo chapter by chapter and keeps what was not as it should be. */
export class Story {
  readonly #chapters: Told[] = [];
  #wrong: string[] = [];

  async chapter(title: string, tell: () => Promise<void>): Promise<void> {
    console.log(`\n${pc.cyan(pc.bold(`${this.#chapters.length + 1}. ${title}`))}`);
    const startedMs = Date.now();
    this.#wrong = [];
    try {
      await tell();
    } catch (error) {
      this.#wrong.push(error instanceof Error ? error.message : String(error));
    }
    this.#chapters.push({ title, seconds: (Date.now() - startedMs) / 1000, wrong: this.#wrong });
  }

  /** Notes what is not as it should be and goes on: the rest of the demo still tells something. */
  expect(what: string, got: unknown, expected: unknown): void {
    const same = JSON.stringify(got) === JSON.stringify(expected);
    const mark = same ? pc.green('as it should be') : pc.red('not as it should be');
    console.log(pc.dim(`   ${what}: ${JSON.stringify(got)}, `) + mark);
    if (!same)
      this.#wrong.push(`${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  }

  /** @returns whether every chapter was as it should be */
  summary(): boolean {
    console.log(`\n${pc.bold('Summary')}`);
    for (const { title, seconds, wrong } of this.#chapters) {
      const mark = wrong.length === 0 ? pc.green('ok  ') : pc.red('WRONG');
      console.log(`  ${mark} ${title} ${pc.dim(`${seconds.toFixed(1)} s`)}`);
      for (const line of wrong) console.log(pc.red(`        ${line}`));
    }
    return this.#chapters.every(({ wrong }) => wrong.length === 0);
  }
}
