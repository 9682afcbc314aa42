/** Where an experiment stands. Times are milliseconds since the epoch. */
export type ExperimentState =
  | { readonly status: 'PLANNED' }
  | {
      readonly status: 'RUNNING';
      readonly startedAt: number;
      /** Treatments that a guardrail has spoken against: they get nothing and cannot win. */
      readonly vetoed: readonly string[];
    }
  | ({
      readonly status: 'CONCLUDED';
      readonly startedAt: number;
      readonly endedAt: number;
    } & Conclusion)
  | {
      readonly status: 'ABORTED';
      readonly startedAt?: number;
      readonly endedAt: number;
      readonly reason: AbortReason;
    };

/** `blocked` never began, as the route had no room for it; `fault` broke off. */
export type AbortReason = 'guardrail' | 'traffic' | 'killed' | 'person' | 'blocked' | 'fault';

export type Conclusion =
  | {
      readonly outcome: 'winner';
      readonly winner: string;
      /** Who starts its rollout, which is judged like any other. */
      readonly promotion: 'automatic' | 'person';
    }
  /** Enough was seen, and no treatment was shown to be better. */
  | { readonly outcome: 'no-winner' }
  /** The time is over, and too little was seen. */
  | { readonly outcome: 'insufficient'; readonly missing: readonly string[] };

export const PLANNED: ExperimentState = { status: 'PLANNED' };

/** The next state, or undefined where the experiment does not stand so that it could. */
export const started = (state: ExperimentState, now: number): ExperimentState | undefined =>
  state.status === 'PLANNED' ? { status: 'RUNNING', startedAt: now, vetoed: [] } : undefined;

/** A person may always end what is not over; so does a kill of the model's route. */
export function aborted(
  state: ExperimentState,
  reason: AbortReason,
  now: number,
): ExperimentState | undefined {
  if (state.status === 'CONCLUDED' || state.status === 'ABORTED') return undefined;
  const startedAt = state.status === 'RUNNING' && { startedAt: state.startedAt };
  return { status: 'ABORTED', reason, endedAt: now, ...startedAt };
}
