import { type AbortReason, aborted, started } from './experiment.ts';
import type { Move, Running } from './next-move.ts';
import type { ExperimentRecord } from './record.ts';
import { reweighed } from './split.ts';
import { startTally } from './tally.ts';
import { firstWeighing } from './weighing.ts';

/** One moment, as states count it and as documents tell it. */
export interface At {
  readonly ms: number;
  /** ISO 8601, UTC. */
  readonly iso: string;
}

/** The record once the route has begun it in `generation`; undefined where it is past that. */
export function begunBy(
  record: ExperimentRecord,
  route: { readonly generation: number; readonly killEpoch: number },
  execution: string,
  at: At,
): Running | undefined {
  const state = started(record.state, at.ms);
  if (state?.status !== 'RUNNING') return undefined;
  const { generation, killEpoch: epoch } = route;
  const weighing = firstWeighing(record.plan, generation, at.ms);
  const tally = startTally(record.plan, record.rollout, weighing);
  const begun = { generation, epoch };
  return { ...record, state, execution, begun, weighing, tally, updatedAt: at.iso };
}

/** The record with a look more; other weights count from their generation on. */
export function withLook(record: Running, move: Move, at: At): ExperimentRecord {
  const { state, last, weighing } = move;
  const tally = weighing
    ? { ...move.tally, split: reweighed(move.tally.split, weighing.weights) }
    : move.tally;
  return {
    ...record,
    ...{ state, last, tally },
    ...(weighing && { weighing }),
    looks: record.looks + 1,
    updatedAt: at.iso,
  };
}

export const continuedBy = (record: Running, execution: string, at: At): Running => ({
  ...record,
  execution,
  looks: 0,
  updatedAt: at.iso,
});

/** The record as it ends without a look; undefined where it has ended. */
export function abortedBy(
  record: ExperimentRecord,
  reason: AbortReason,
  failure: string | undefined,
  at: At,
): ExperimentRecord | undefined {
  const state = aborted(record.state, reason, at.ms);
  return state && { ...record, state, ...(failure && { failure }), updatedAt: at.iso };
}

export const stoppedBy = (
  record: ExperimentRecord,
  stop: NonNullable<ExperimentRecord['stop']>,
): ExperimentRecord => ({ ...record, stop, updatedAt: stop.at });
