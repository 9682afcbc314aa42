import type { Logger } from '@aws-lambda-powertools/logger';
import { LRUCache } from 'lru-cache';
import type { GateResults } from '#aws/gate-results.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { inTime } from './in-time.ts';
import type { Clock } from './ports.ts';

type Model = Pick<Subject, 'tenant' | 'model'>;

interface Known {
  readonly labels: ReadonlySet<string>;
  readonly againAt: number;
}

/** Gates may judge a version again, by other data. */
const KEPT_MS = 3_600_000;
/** Nothing was found, or it could not be read: soon enough for what is judged by the hour. */
const RETRY_MS = 60_000;
/** What is waited for a read: counting waits for nothing longer. */
const WAIT_MS = 500;
const MAX_VERSIONS = 1000;

const NONE: ReadonlySet<string> = new Set();

/** The labels that versions were judged on, as a process remembers them. */
export class OwnLabels {
  readonly #results: Pick<GateResults, 'labelsOf'>;
  readonly #clock: Clock;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #known = new LRUCache<string, Known>({ max: MAX_VERSIONS });

  constructor(results: Pick<GateResults, 'labelsOf'>, clock: Clock, log: Pick<Logger, 'warn'>) {
    this.#log = log;
    this.#results = results;
    this.#clock = clock;
  }

  /**
   * None where they cannot be read now, which is logged: what came true is counted all the same. Never
   * rejects.
   * @param answered the version, as decisions have it
   */
  async of(model: Model, answered: string): Promise<ReadonlySet<string>> {
    const key = `${model.tenant}/${model.model}/${answered}`;
    const known = this.#known.get(key);
    if (known && this.#clock() < known.againAt) return known.labels;
    let fault: unknown = `no answer within ${WAIT_MS} ms`;
    const reading = this.#read(model, answered).catch((thrown) => {
      fault = thrown;
      return undefined;
    });
    const read = await inTime(WAIT_MS, reading);
    if (!read) this.#log.warn('own-labels-unread', { ...model, answered, fault });
    const labels = read ?? known?.labels ?? NONE;
    const keptMs = read && read.size > 0 ? KEPT_MS : RETRY_MS;
    this.#known.set(key, { labels, againAt: this.#clock() + keptMs });
    return labels;
  }

  async #read(model: Model, answered: string): Promise<ReadonlySet<string>> {
    return new Set(await this.#results.labelsOf(model, answered));
  }
}
