import type { Counted } from '#domain/rollout/record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { evidenceOf } from './evidence.ts';
import { aborted, type ExperimentState } from './experiment.ts';
import { judgeLook } from './judge-look.ts';
import type { ExperimentRecord, LastLook } from './record.ts';
import { type Tally, tallied, totals } from './tally.ts';
import { nextWeighing, type Weighing } from './weighing.ts';

/** An experiment that the route has begun. */
export type Running = ExperimentRecord & {
  readonly state: Extract<ExperimentState, { readonly status: 'RUNNING' }>;
} & Required<Pick<ExperimentRecord, 'begun' | 'weighing' | 'tally'>>;

export const isRunning = (record: ExperimentRecord | undefined): record is Running =>
  record?.state.status === 'RUNNING' && record.begun !== undefined && record.tally !== undefined;

/** What a look finds: the record's next state, and what the route is to do. */
export interface Move {
  readonly state: ExperimentState;
  readonly tally: Tally;
  readonly last: LastLook;
  /** Other weights from the next generation on. */
  readonly weighing?: Weighing;
}

/** Whether the route still carries it, and by leave of the kill epoch that it began under. */
export const isCarried = (
  { experiments, killEpoch }: RouteDocument,
  { id, begun }: Running,
): boolean => begun.epoch === killEpoch && experiments.some((one) => one.id === id);

/**
 * Counts what came since the last look and judges it. What a person or a kill has ended is counted
 * once more, so that its analysis says all that was seen.
 *
 * @param now by generation of the route
 */
export function nextMove(
  record: Running,
  route: RouteDocument,
  now: Readonly<Record<string, Counted>>,
  at: { readonly ms: number; readonly iso: string },
): Move {
  const { plan, policy, rollout, weighing } = record;
  const tally = tallied(record.tally, plan, rollout, now, weighing);
  const evidence = evidenceOf(tally, plan, rollout);
  const last = { at: at.iso, evidence, missing: [] };
  const ended = endedBy(record, route, at.ms);
  if (ended) return { state: ended, tally, last };
  const { state, missing } = judgeLook(plan, policy, record.state, evidence, at.ms);
  const looked = { state, tally, last: { ...last, missing } };
  if (state.status !== 'RUNNING') return looked;
  const seen = { arms: totals(tally, plan), vetoed: state.vetoed };
  const next = nextWeighing(plan, weighing, seen, route.generation, at.ms);
  return next ? { ...looked, weighing: next } : looked;
}

/** Neither needs any evidence. */
function endedBy(record: Running, route: RouteDocument, ms: number): ExperimentState | undefined {
  if (!isCarried(route, record)) return aborted(record.state, 'killed', ms);
  return record.stop && aborted(record.state, 'person', ms);
}
