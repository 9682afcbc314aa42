import type { Check } from '#domain/gates/verdict.ts';
import type { BegunStep, Counted, LastLook, RolloutRecord, RolloutStatus } from './record.ts';
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
  {
    step,
    generation,
    nextSeconds,
    despite,
  }: Omit<BegunStep, 'at'> & Pick<LastLook, 'nextSeconds'> & Pick<RolloutRecord, 'despite'>,
  at: string,
): RolloutRecord {
  return {
    ...record,
    ...(despite && { despite }),
    steps: [...record.steps, { step, generation, at }],
    ...(last && { last: { ...last, nextSeconds } }),
    updatedAt: at,
  };
}

/** The record while a person has to decide; a question that stands is not asked again. */
export const withQuestion = (record: RolloutRecord, reason: string, at: string): RolloutRecord =>
  record.asked ? record : { ...record, asked: { at, reason }, updatedAt: at };

/** A person lets `step` begin without the evidence for it. */
export const withLeave = (
  { asked: _, ...record }: RolloutRecord,
  step: number,
  at: string,
): RolloutRecord => ({ ...record, allowedStep: step, updatedAt: at });

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
