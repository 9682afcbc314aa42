import type { Check } from '#domain/gates/verdict.ts';
import type {
  BegunStep,
  Counted,
  LastLook,
  PromotionBlock,
  RolloutRecord,
  RolloutStatus,
} from './record.ts';
import type { Outcome } from './standing.ts';
import type { RolloutState } from './state.ts';

/** The step that the route is in; the state is in the one of the last look. 0 is the shadow. */
export const stepOf = ({ steps }: Pick<RolloutRecord, 'steps'>): number => steps.at(-1)?.step ?? 0;

/** What one look adds to a rollout. */
export interface Looked {
  readonly state: RolloutState;
  readonly counted: Readonly<Record<string, Counted>>;
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
  readonly nextSeconds: number;
}

/** The record with one look more. */
export function withLook(record: RolloutRecord, looked: Looked, at: string): RolloutRecord {
  const { state, counted, outcome, checks, nextSeconds } = looked;
  const last: LastLook = {
    number: state.look,
    at,
    step: state.step,
    outcome,
    checks,
    nextSeconds,
  };
  return { ...record, state, counted, last, updatedAt: at };
}

/** The record in a further step; a question about the one before is none any more. */
export function withStep(
  { asked: _, last, ...record }: RolloutRecord,
  { step, generation, nextSeconds }: Omit<BegunStep, 'at'> & Pick<LastLook, 'nextSeconds'>,
  at: string,
): RolloutRecord {
  return {
    ...record,
    steps: [...record.steps, { step, generation, at }],
    ...(last && { last: { ...last, nextSeconds } }),
    updatedAt: at,
  };
}

/** The record while a person has to decide; a question about the same block, or none, is not asked again. */
export const withQuestion = (
  record: RolloutRecord,
  { reason, block }: { readonly reason: string; readonly block?: PromotionBlock },
  at: string,
): RolloutRecord =>
  record.asked && isSameBlock(record.asked.block, block)
    ? record
    : { ...record, asked: { at, reason, ...(block && { block }) }, updatedAt: at };

/** The record once the block that a person was asked about holds nothing back. */
export const withoutQuestion = (
  { asked: _, ...record }: RolloutRecord,
  at: string,
): RolloutRecord => ({ ...record, updatedAt: at });

/**
 * A person lets `step` begin without the evidence for it, and despite the block that the question
 * named: another one is not what was decided about.
 */
export const withLeave = (
  { asked, ...record }: RolloutRecord,
  step: number,
  at: string,
): RolloutRecord => ({
  ...record,
  allowedStep: step,
  ...(asked?.block && { despite: asked.block }),
  updatedAt: at,
});

/**
 * Whether two are one, or both none. One that an alarm joined, or rose within, is another: it is since
 * another time.
 */
export const isSameBlock = (
  one: PromotionBlock | undefined,
  other: PromotionBlock | undefined,
): boolean => (one === undefined) === (other === undefined) && one?.since === other?.since;

export const withPause = (record: RolloutRecord, paused: boolean, at: string): RolloutRecord => ({
  ...record,
  paused,
  updatedAt: at,
});

/** The record in the hands of another execution, which looks from now on. */
export const continuedBy = (
  record: RolloutRecord,
  execution: string,
  at: string,
): RolloutRecord => ({ ...record, execution, updatedAt: at });

export interface Ending {
  readonly status: Exclude<RolloutStatus, 'RUNNING'>;
  /** Person id, or the name of the function that acted by itself. */
  readonly by: string;
  readonly reason: string;
}

/** The record for good. What was counted by generation is of no more use, and most of its bytes. */
export function endedAs(
  { asked: _, ...record }: RolloutRecord,
  { status, by, reason }: Ending,
  at: string,
): RolloutRecord {
  return { ...record, status, counted: {}, ended: { at, by, reason }, updatedAt: at };
}
