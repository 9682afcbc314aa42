import type { Latency } from '#domain/gates/performance/judge-latency.ts';
import type { LatencyBlock } from '#domain/gates/performance/latency-ratio.ts';
import { latencySummary } from '#domain/gates/performance/latency-summary.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { refusal } from './session.ts';

/** A single-row call; a candidate and its baseline each bring one. */
export interface TimedModel {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

export interface LatencyOptions {
  readonly seed: number;
  readonly budgetMs?: number;
  /** Whether these numbers decide already; asked as the number of calls doubles. */
  readonly decided?: (latency: Latency) => boolean;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** 20 blocks of 20 calls leave 20 calls above the p95, where the first look is worth its while. */
const CALLS_PER_BLOCK = 20;
const FIRST_LOOK_BLOCKS = 20;
/** The sixth look, at 12,800 calls of each model; more would not move a p95 that matters. */
const MAX_BLOCKS = FIRST_LOOK_BLOCKS * 2 ** 5;
/** With fewer calls the p95 is the slowest call. */
const MIN_CALLS = 40;
/** What a clock that stands still is taken for. */
const TICK_MS = 1e-6;

/**
 * Times calls of the candidate and the baseline in turns, a block of each, the order swapped
 * from block to block, in one process: noise of the machine hits both. Ends when the numbers
 * decide, at 12,800 calls of each, or with the time budget, which one block may overrun.
 *
 * @param models the candidate, then the baseline if there is one
 */
export async function measureLatency(
  [candidate, baseline]: readonly [TimedModel, TimedModel?],
  { seed, budgetMs = 20_000, decided = () => false, now = () => performance.now() }: LatencyOptions,
): Promise<Measured<Latency>> {
  const end = now() + budgetMs;
  const models = baseline ? [candidate, baseline] : [candidate];
  const blocks: LatencyBlock[] = [];
  let look = FIRST_LOOK_BLOCKS;
  try {
    const calls = await warmUp(models, budgetMs, now);
    while (blocks.length < MAX_BLOCKS && now() < end) {
      blocks.push(await timeBlock(candidate, baseline, calls, blocks.length % 2 === 1, now));
      if (blocks.length < look) continue;
      if (decided(latencySummary(blocks, seed, baseline !== undefined))) break;
      look *= 2;
    }
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const reason = refusal(`does not run on a single row (${error.model})`, error.cause);
    return { ok: false, verdict: error.model === candidate.name ? 'fail' : 'inconclusive', reason };
  }
  const timed = blocks.reduce((sum, { candidateMs }) => sum + candidateMs.length, 0);
  if (timed < MIN_CALLS || blocks.length < 2) {
    const reason = `${timed} calls fit into ${budgetMs} ms; expected at least ${MIN_CALLS}: make the model faster or the time budget longer`;
    return { ok: false, verdict: 'inconclusive', reason };
  }
  return { ok: true, value: latencySummary(blocks, seed, baseline !== undefined) };
}

/**
 * Fills caches and finds how many calls make a block: as many as let the budget hold the
 * blocks of the first look, at most 20.
 */
async function warmUp(
  models: readonly TimedModel[],
  budgetMs: number,
  now: () => number,
): Promise<number> {
  let slowestMs = 0;
  for (const model of models) {
    const coldMs = await timeCall(model, now);
    const warmMs = await timeCall(model, now);
    slowestMs = Math.max(slowestMs, Math.min(coldMs, warmMs));
  }
  const fit = Math.floor(budgetMs / (FIRST_LOOK_BLOCKS * models.length * slowestMs));
  return Math.max(1, Math.min(CALLS_PER_BLOCK, fit));
}

async function timeBlock(
  candidate: TimedModel,
  baseline: TimedModel | undefined,
  calls: number,
  swapped: boolean,
  now: () => number,
): Promise<LatencyBlock> {
  const early = swapped && baseline ? await timeCalls(baseline, calls, now) : undefined;
  const candidateMs = await timeCalls(candidate, calls, now);
  const late = !swapped && baseline ? await timeCalls(baseline, calls, now) : undefined;
  return { candidateMs, baselineMs: early ?? late ?? [] };
}

async function timeCalls(model: TimedModel, calls: number, now: () => number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < calls) times.push(await timeCall(model, now));
  return times;
}

async function timeCall({ name, run }: TimedModel, now: () => number): Promise<number> {
  const before = now();
  try {
    await run();
  } catch (cause) {
    throw new CallFailed(name, cause);
  }
  return Math.max(now() - before, TICK_MS);
}

/** Tells a model that refuses a call from a fault of the measurement. */
class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly model: string;

  constructor(model: string, cause: unknown) {
    super(`a call of ${model} failed`, { cause });
    this.model = model;
  }
}
