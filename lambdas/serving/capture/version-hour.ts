import type { ProcessHour } from '#aws/hourly-counters.ts';
import type { AnsweredRows } from './count-rows.ts';
import { Cumulative } from './cumulative.ts';
import { HourTally } from './hour-tally.ts';
import type { CountedBy } from './version-profiles.ts';

/**
 * Rows of one version and hour that are kept until the profile is there. Of 2,000 features, the
 * most that a profile has, they take 4 MB at 8 bytes a number; texts take what they are long.
 */
const MAX_HELD_ROWS = 256;
const MAX_HELD_ELEMENTS = MAX_HELD_ROWS * 2_000;

type Place = Omit<ProcessHour, 'seq' | 'seen'>;

interface Held {
  readonly rows: AnsweredRows;
  readonly countedBy: () => CountedBy;
}

/** What one process counts of one version in one hour. */
export class VersionHour {
  readonly hour: number;
  readonly state: Cumulative;
  readonly #tally = new HourTally();
  #held: Held[] = [];
  #heldRows = 0;
  #heldElements = 0;

  constructor(put: (state: ProcessHour) => Promise<void>, place: Place) {
    this.hour = place.hour;
    this.state = new Cumulative((seq) => put({ ...place, seq, seen: this.#tally.seen() }));
  }

  /** Whether nothing waits here to be counted or written. */
  get settled(): boolean {
    return this.state.settled && this.#held.length === 0;
  }

  answered(
    rows: AnsweredRows,
    told: { readonly ms: number | undefined; readonly cached: boolean },
    countedBy: () => CountedBy,
  ): void {
    this.#tally.answered(rows.rows, told.ms, told.cached);
    this.state.grew(Math.max(1, rows.rows));
    const { counter } = this.#tally;
    if (counter) counter.count(rows);
    else this.#begin({ rows, countedBy });
  }

  failed(kind: string): void {
    this.#tally.failed(kind);
    this.state.grew(1);
  }

  /** Counts the rows that were kept, once it is known what by. */
  countHeld(): void {
    const [first] = this.#held;
    if (!first || first.countedBy().kind === 'awaited') return;
    const held = this.#held;
    this.#held = [];
    this.#heldRows = 0;
    this.#heldElements = 0;
    for (const { rows, countedBy } of held) {
      const by = countedBy();
      if (by.kind !== 'rows') continue;
      this.#tally.begin(by.newCounter).count(rows);
      // They were told of as rows already, but not as counted ones.
      this.state.grew(0);
    }
  }

  #begin(held: Held): void {
    const by = held.countedBy();
    if (by.kind === 'rows') this.#tally.begin(by.newCounter).count(held.rows);
    else if (by.kind === 'awaited') this.#hold(held);
  }

  #hold(held: Held): void {
    const { rows, inputs, outputs } = held.rows;
    const tensors = [...inputs, ...outputs.values()];
    const elements = tensors.reduce((sum, { data }) => sum + data.length, 0);
    if (this.#heldRows + rows > MAX_HELD_ROWS) return;
    if (this.#heldElements + elements > MAX_HELD_ELEMENTS) return;
    this.#held.push(held);
    this.#heldRows += rows;
    this.#heldElements += elements;
  }
}
