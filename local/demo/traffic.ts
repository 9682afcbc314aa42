import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { Cloud } from '../cloud.ts';

const Token = z.object({ idToken: z.string() });
const Row = z.array(z.number());
/** A person's token, as the CLI keeps it. */
export const tokenOf = (cloud: Cloud, person: string): string =>
  Token.parse(JSON.parse(readFileSync(join(cloud.folder, 'people', person, 'token.json'), 'utf8')))
    .idToken;

/** The rows of a CSV file of numbers under one header line. */
export function rowsOf(csv: string): readonly (readonly number[])[] {
  const [, ...lines] = readFileSync(csv, 'utf8').trim().split('\n');
  return lines.map((line) => Row.parse(line.split(',').map(Number)));
}

const Answer = z.object({
  model_version: z.string(),
  outputs: z.array(z.object({ data: z.array(z.unknown()) })),
});

const REQUESTS_IN_FLIGHT = 3;
const PER_SECOND = 25;
const USERS = 100_000;
/** Of a row's features: more of it by a thousandth turns no answer, and no cache knows the row. */
const MEAN_AREA = 3;

/** What clients saw since the last time they were asked. */
export interface Seen {
  readonly answers: number;
  /** Without an answer, or with one that is no number. */
  readonly failures: number;
  readonly versions: Readonly<Record<string, number>>;
}

/** Clients of a model, who go on asking until they are stopped. */
export class Traffic {
  readonly #url: string;
  readonly #token: string;
  readonly #rows: readonly (readonly number[])[];
  readonly #work: Promise<unknown>;
  #stopped = false;
  #nextAt = Date.now();
  #failures = 0;
  #versions = new Map<string, number>();
  /** Added to the last feature of every row from the next request on. */
  shift = 0;

  constructor(cloud: Cloud, person: string, model: string, csv: string) {
    this.#url = `${cloud.outputs.Assay?.ApiUrl}/v2/models/${model}/infer`;
    this.#token = tokenOf(cloud, person);
    this.#rows = rowsOf(csv);
    this.#work = Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, () => this.#ask()));
  }

  seen(): Seen {
    const versions = Object.fromEntries(this.#versions);
    const answers = Object.values(versions).reduce((sum, count) => sum + count, 0);
    return { answers, failures: this.#failures, versions };
  }

  async stop(): Promise<Seen> {
    this.#stopped = true;
    await this.#work;
    return this.seen();
  }

  async #ask(): Promise<void> {
    while (!this.#stopped) {
      const at = Math.max(this.#nextAt, Date.now());
      this.#nextAt = at + 1000 / PER_SECOND;
      await sleep(at - Date.now());
      const version = await this.#answer().catch(() => undefined);
      if (version === undefined) this.#failures += 1;
      else this.#versions.set(version, (this.#versions.get(version) ?? 0) + 1);
    }
  }

  /** The version that answered, if what it said are numbers. */
  async #answer(): Promise<string | undefined> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(this.#question()),
    });
    const body: unknown = await response.json();
    if (!response.ok) return undefined;
    const { model_version: version, outputs } = Answer.parse(body);
    return outputs.every(({ data }) => data.every(Number.isFinite)) ? version : undefined;
  }

  #question(): object {
    const row = this.#rows[Math.floor(Math.random() * this.#rows.length)] ?? [];
    const data = row
      .with(MEAN_AREA, (row[MEAN_AREA] ?? 0) * (1 + Math.random() / 1000))
      .with(-1, (row.at(-1) ?? 0) + this.shift);
    const user = `user-${Math.floor(Math.random() * USERS)}`;
    return {
      parameters: { user_id: user },
      inputs: [{ name: 'features', shape: [1, data.length], datatype: 'FP32', data }],
    };
  }
}
