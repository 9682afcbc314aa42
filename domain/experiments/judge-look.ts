import type { ExperimentPolicy } from '#domain/gates/experiment-policy.ts';
import { aborted, type Conclusion, type ExperimentState } from './experiment.ts';
import { CONTROL, type ExperimentPlan } from './plan.ts';

/** What the statistics of rollouts say of an experiment so far; they hold however often it is asked. */
export interface Evidence {
  readonly arms: readonly ArmEvidence[];
  /** Each guardrail for each treatment; one that is missing did not report. */
  readonly guardrails: readonly {
    readonly id: string;
    readonly treatment: string;
    readonly harmed: boolean;
    /** ln of the e-value against "it is no worse", where there is one. */
    readonly lnE?: number;
  }[];
  /** Whether units were shared out as planned; undefined where nobody could tell. */
  readonly trafficSound: boolean | undefined;
}

export interface ArmEvidence {
  readonly name: string;
  /** That the metric is known of. */
  readonly units: number;
  readonly mean?: number;
  /**
   * Always-valid interval of the metric, treatment less control, at the plan's alpha divided by the
   * number of treatments. Undefined while there is none, and for the control.
   */
  readonly difference?: { readonly low: number; readonly high: number };
}

/** What an experiment still lacks, or how it stands after the look. */
export interface Looked {
  readonly state: ExperimentState;
  /** Empty once it is over. */
  readonly missing: readonly string[];
}

/**
 * Judges a running experiment. Harm ends a treatment at any time; a winner takes the least duration
 * and the least sample and every report; what does not come until the longest duration never comes.
 */
export function judgeLook(
  plan: ExperimentPlan,
  policy: ExperimentPolicy,
  state: Extract<ExperimentState, { readonly status: 'RUNNING' }>,
  evidence: Evidence,
  now: number,
): Looked {
  const over = (next: ExperimentState | undefined): Looked => ({
    state: next ?? state,
    missing: [],
  });
  if (evidence.trafficSound === false) return over(aborted(state, 'traffic', now));
  const vetoed = vetoedBy(evidence, state.vetoed);
  const open = plan.treatments.filter(({ name }) => !vetoed.includes(name));
  if (open.length === 0) return over(aborted(state, 'guardrail', now));

  const names = open.map(({ name }) => name);
  const missing = [...missingOf(plan, names, evidence)];
  const hours = (now - state.startedAt) / 3_600_000;
  const ends = { status: 'CONCLUDED', startedAt: state.startedAt, endedAt: now } as const;
  if (hours < plan.hours.min) {
    const wait = `${plan.hours.min} h, got ${hours.toFixed(1)} h`;
    return { state: { ...state, vetoed }, missing: [wait, ...missing] };
  }
  const winner = missing.length === 0 ? winnerOf(plan, names, evidence) : undefined;
  if (winner !== undefined) return over({ ...ends, ...won(plan, policy, winner) });
  if (hours < plan.hours.max) {
    const more = missing.length > 0 ? missing : ['a difference that is clear'];
    return { state: { ...state, vetoed }, missing: more };
  }
  return missing.length > 0
    ? over({ ...ends, outcome: 'insufficient', missing })
    : over({ ...ends, outcome: 'no-winner' });
}

function vetoedBy({ guardrails }: Evidence, before: readonly string[]): readonly string[] {
  const harmed = guardrails.filter((report) => report.harmed).map(({ treatment }) => treatment);
  return [...new Set([...before, ...harmed])];
}

/** Silence is no evidence: whatever did not report keeps anything from winning. */
function* missingOf(
  { guardrails, unitsMin }: ExperimentPlan,
  treatments: readonly string[],
  evidence: Evidence,
): Iterable<string> {
  if (evidence.trafficSound === undefined) yield 'a test of how units were shared out';
  for (const name of [...treatments, CONTROL]) {
    const arm = evidence.arms.find((one) => one.name === name);
    const units = arm?.units ?? 0;
    if (units < unitsMin) yield `${unitsMin} units of ${name}, got ${units}`;
    else if (name !== CONTROL && !isInterval(arm?.difference)) yield `an interval for ${name}`;
  }
  for (const treatment of treatments) {
    for (const id of guardrails) {
      const reported = evidence.guardrails.some(
        (one) => one.id === id && one.treatment === treatment,
      );
      if (!reported) yield `guardrail ${id} of ${treatment}`;
    }
  }
}

const isInterval = (interval: ArmEvidence['difference']): boolean =>
  interval !== undefined && interval.low <= interval.high;

/** Of the treatments shown to be better by more than the least effect, the surest. */
function winnerOf(
  { metric, effectMin }: ExperimentPlan,
  treatments: readonly string[],
  { arms }: Evidence,
): string | undefined {
  let winner: string | undefined;
  let most = effectMin;
  for (const { name, difference } of arms) {
    if (!difference || !treatments.includes(name)) continue;
    const surely = metric.better === 'higher' ? difference.low : -difference.high;
    if (surely > most) [winner, most] = [name, surely];
  }
  return winner;
}

const won = (plan: ExperimentPlan, policy: ExperimentPolicy, winner: string): Conclusion => ({
  outcome: 'winner',
  winner,
  promotion: plan.autoPromote && policy.autoPromotion ? 'automatic' : 'person',
});
