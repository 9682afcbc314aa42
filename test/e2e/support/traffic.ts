import { setTimeout as pause } from 'node:timers/promises';
import { evaluationRows, type LabelledRow, marked } from '../../support/faulty-models.ts';
import { type Answer, answerOf, requestOf, unlike } from './answer.ts';
import { api } from './assay.ts';

const ROWS = evaluationRows();
/** Who asks; may predict and post outcomes. */
const CLIENT = 'submitter';
/** What RecordOutcomes takes at once. */
const OUTCOMES_MAX = 40;
/** Every so many requests come from a regular, where there are any. */
const REGULAR_EVERY = 5;

export interface TrafficOptions {
  readonly model: string;
  /** Requests in flight at once. */
  readonly concurrency?: number;
  /** Requests a second at most. */
  readonly perSecond?: number;
  /** Distinct users that requests are drawn from. */
  readonly users?: number;
  /** Users that come again and again. */
  readonly regulars?: number;
  /** Share of the requests with a row that faulty models misbehave on. */
  readonly markedShare?: number;
  /** Tell for each decision whether its label was right, as 1 or 0. */
  readonly outcomes?: boolean;
  readonly signal?: AbortSignal;
}

export interface Report {
  readonly requests: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, number>>;
  readonly variants: Readonly<Record<string, number>>;
  readonly outcomes: Posted;
}

interface Posted {
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: number;
  /** Batches that were not taken. */
  readonly failed: number;
}

/** Users of a model, asking until they are stopped. */
export class Traffic {
  /** Each request so far, in the order of the answers. */
  readonly answers: Answer[] = [];
  /** Another from the next request on. */
  markedShare: number;
  readonly #options: Required<Omit<TrafficOptions, 'markedShare' | 'signal'>>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #workers: Promise<unknown>;
  #sent = 0;
  #nextAt = Date.now();
  #pending: { decision: string; score: number }[] = [];
  #posted: Posted = { accepted: 0, repeated: 0, refused: 0, failed: 0 };

  constructor({ markedShare = 0, signal, ...options }: TrafficOptions) {
    this.#options = {
      ...{ concurrency: 4, perSecond: 20, users: 100_000, regulars: 0, outcomes: false },
      ...options,
    };
    this.markedShare = markedShare;
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
    const { concurrency } = this.#options;
    this.#workers = Promise.all(Array.from({ length: concurrency }, () => this.#work()));
  }

  /** Resolves when the requests under way are answered. */
  async stop(): Promise<Report> {
    this.#stop.abort();
    await this.#workers;
    await this.#post(0);
    return this.report();
  }

  report(): Report {
    return {
      requests: this.answers.length,
      statuses: counted(this.answers.map(({ status }) => String(status))),
      versions: counted(this.answers.map(({ version }) => version)),
      variants: counted(this.answers.map(({ variant }) => variant)),
      outcomes: this.#posted,
    };
  }

  /** What no client should ever see. */
  faults(): readonly Answer[] {
    return this.answers.filter(({ status, finite }) => status !== 200 || !finite);
  }

  async #work(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#due();
      if (this.#signal.aborted) return;
      this.answers.push(await this.#ask());
      await this.#post(OUTCOMES_MAX);
    }
  }

  /** Waits for the turn of the next request: turns that nobody could take are lost. */
  async #due(): Promise<void> {
    const at = Math.max(this.#nextAt, Date.now());
    this.#nextAt = at + 1000 / this.#options.perSecond;
    const ms = at - Date.now();
    if (ms > 0) await pause(ms, undefined, { signal: this.#signal }).catch(() => {});
  }

  async #ask(): Promise<Answer> {
    const user = this.#user();
    const isMarked = Math.random() < this.markedShare;
    const plain = unlike(ROWS[draw(ROWS.length)] as LabelledRow);
    const row = isMarked ? marked(plain) : plain;
    const asked = { user, marked: isMarked, sentAt: Date.now() };
    try {
      const { status, body } = await api(
        CLIENT,
        'POST',
        `/v2/models/${this.#options.model}/infer`,
        requestOf(row, user),
      );
      const answer = { ...asked, status, ...answerOf(body, row) };
      this.#note(answer);
      return answer;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      return { ...asked, status: 0, finite: true, right: false, said };
    }
  }

  #user(): string {
    const { users, regulars } = this.#options;
    const isRegular = regulars > 0 && this.#sent++ % REGULAR_EVERY === 0;
    return isRegular ? `regular-${draw(regulars)}` : `user-${draw(users)}`;
  }

  /** A bare score is of a trial: there alone it has something to be compared with. */
  #note({ decision, variant, right }: Answer): void {
    if (!this.#options.outcomes || decision === undefined || variant === undefined) return;
    this.#pending.push({ decision, score: right ? 1 : 0 });
  }

  /** Posts what waits, once it is more than `atLeast`. */
  async #post(atLeast: number): Promise<void> {
    while (this.#pending.length > 0 && this.#pending.length >= atLeast) {
      const outcomes = this.#pending.splice(0, OUTCOMES_MAX);
      const path = `/v2/models/${this.#options.model}/outcomes`;
      const answer = await api(CLIENT, 'POST', path, { outcomes }).catch(() => undefined);
      this.#posted = withAnswer(this.#posted, answer?.status === 200 ? answer.body : undefined);
    }
  }
}

const draw = (below: number): number => Math.floor(Math.random() * below);

function withAnswer(posted: Posted, body: Record<string, unknown> | undefined): Posted {
  if (!body) return { ...posted, failed: posted.failed + 1 };
  return {
    ...posted,
    accepted: posted.accepted + Number(body.accepted),
    repeated: posted.repeated + Number(body.repeated),
    refused: posted.refused + (body.refused as unknown[]).length,
  };
}

function counted(values: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) {
    if (value !== undefined) counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}
