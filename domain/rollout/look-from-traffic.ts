import type { Guardrail } from '#domain/gates/rollout-policy.ts';
import { shareOf } from './apply-look.ts';
import { type Failing, failingOf, narrowedTo } from './fresh-traffic.ts';
import { total } from './histogram.ts';
import { type ArmNews, type News, newsOf } from './news.ts';
import type { EventCounts, Look, Observation, Stratum } from './observation.ts';
import type { Counted, RolloutRecord } from './record.ts';
import { type ArmTraffic, CANDIDATE_TRIAL, FAILURE_KINDS, type FailureKind } from './traffic.ts';

/** Units that tell whether an arm reports at all: the first runs of sessions have no latency. */
const UNITS_TO_REPORT = 100;

/**
 * The next look at a rollout: what was counted since the last one, in a stratum for each generation
 * of the route. A generation is of the last step that had begun by it; those before the first step
 * are not the rollout's.
 *
 * A guardrail that nothing measures, or whose numbers do not come though the arms are used, is
 * missing from the look; where there is merely nothing new, it is there with nothing in it.
 *
 * @param now by generation; what is not in it has nothing new
 * @returns with the look, what the next one must take as counted before it
 */
export function lookFromTraffic(
  record: Pick<RolloutRecord, 'steps' | 'state' | 'counted' | 'policy'>,
  now: Readonly<Record<string, Counted>>,
): { readonly look: Look; readonly counted: Readonly<Record<string, Counted>> } {
  const { policy, state } = record;
  const step = record.steps.at(-1)?.step ?? state.step;
  const { news, failing } = newsByGeneration(record, now);
  const present = news.filter((one) => one.step === step);
  const sum = (of: (one: News) => number) => present.reduce((all, one) => all + of(one), 0);
  const assigned = {
    canary: sum(({ canary }) => canary.split),
    baseline: sum(({ baseline }) => baseline.split),
  };
  const served = sum(({ canary }) => canary.served);
  return {
    look: {
      number: state.look + 1,
      step,
      assigned,
      ...(served !== assigned.canary && { served }),
      observations: Object.fromEntries(
        policy.guardrails.flatMap((guardrail) => {
          const observation = observed(guardrail, news);
          return observation ? [[guardrail.id, observation]] : [];
        }),
      ),
    },
    counted: {
      ...narrowedTo(failing, record.counted),
      ...Object.fromEntries(news.map(({ generation, counted }) => [generation, counted])),
    },
  };
}

/** Oldest first: who failed in a generation is counted there, and in none after it. */
function newsByGeneration(
  { steps, counted, policy }: Parameters<typeof lookFromTraffic>[0],
  now: Parameters<typeof lookFromTraffic>[1],
): { readonly news: readonly News[]; readonly failing: Failing } {
  const begun = Object.entries(now)
    .map(([generation, seen]) => ({ generation: Number(generation), seen }))
    .sort((a, b) => a.generation - b.generation)
    .flatMap((one) => {
      const step = steps.findLast(({ generation }) => generation <= one.generation)?.step;
      return step === undefined ? [] : [{ ...one, step }];
    });
  const arms = begun.flatMap(({ seen }) => Object.values(seen.traffic[CANDIDATE_TRIAL] ?? {}));
  let failing = failingOf(Object.values(counted), arms);
  const news = begun.map(({ generation, step, seen }) => {
    const split = shareOf(step, policy) < 1;
    const one = newsOf(seen, counted[generation], split, failing);
    failing = one.failing;
    return { generation, step, ...one };
  });
  return { news, failing };
}

function observed({ id, kind }: Guardrail, news: readonly News[]): Observation | undefined {
  if (kind === 'mean') {
    return id === 'score' ? { kind, strata: news.flatMap(({ outcomes }) => outcomes) } : undefined;
  }
  if (kind === 'latency') {
    if (news.some((one) => arms(one).some(isUntimed))) return undefined;
    return {
      kind,
      strata: strata(
        news,
        ({ latency }) => latency,
        (latency) => total(latency) > 0,
      ),
    };
  }
  const events = eventsOf(id);
  if (!events || news.some((one) => arms(one).some(isSilent))) return undefined;
  return { kind, strata: strata(news, events, ({ exposures }) => exposures > 0) };
}

/** What a guardrail of events counts, by its id: all failures, or those of one kind. */
function eventsOf(id: string): ((arm: ArmTraffic) => EventCounts) | undefined {
  if (id === 'failures') return (arm) => eventCounts(arm, arm.failures);
  const isKind = (name: string): name is FailureKind => FAILURE_KINDS.some((one) => one === name);
  if (!isKind(id)) return undefined;
  return (arm) => eventCounts(arm, arm.kinds[id] ?? 0);
}

function eventCounts({ exposures, users }: ArmTraffic, events: number): EventCounts {
  if (users?.units === undefined || users.units >= users.exposures) return { exposures, events };
  return { exposures, events, units: exposures - users.exposures + users.units };
}

const arms = ({ canary, baseline }: News): readonly ArmNews[] => [canary, baseline];

/** Units come, but nobody says what became of any. */
const isSilent = ({ now, taken }: ArmNews): boolean =>
  taken.assigned > 0 && now.assigned >= UNITS_TO_REPORT && now.exposures === 0;

/** Units are answered, but nobody says how fast. */
const isUntimed = ({ now, grew }: ArmNews): boolean =>
  grew && now.exposures - now.failures >= UNITS_TO_REPORT && now.latency.length === 0;

function strata<T>(
  news: readonly News[],
  of: (arm: ArmTraffic) => T,
  isNew: (value: T) => boolean,
): Stratum<T>[] {
  return news
    .map(({ canary, baseline }) => ({ canary: of(canary.taken), baseline: of(baseline.taken) }))
    .filter(({ canary, baseline }) => isNew(canary) || isNew(baseline));
}
