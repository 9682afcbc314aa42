import type { Guardrail } from '#domain/gates/rollout-policy.ts';
import { shareOf } from './apply-look.ts';
import { total } from './histogram.ts';
import { type ArmNews, type News, newsOf } from './news.ts';
import type { EventCounts, Look, Observation, Stratum } from './observation.ts';
import type { Counted, RolloutRecord } from './record.ts';
import { type ArmTraffic, FAILURE_KINDS, type FailureKind } from './traffic.ts';

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
  const news = Object.keys(now)
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((generation) => ofGeneration(record, generation, now[generation]));
  const assigned = news
    .filter((one) => one.step === step)
    .map(({ canary, baseline }) => [canary.taken.assigned, baseline.taken.assigned] as const);
  return {
    look: {
      number: state.look + 1,
      step,
      assigned: {
        canary: assigned.reduce((sum, [canary]) => sum + canary, 0),
        baseline: assigned.reduce((sum, [, baseline]) => sum + baseline, 0),
      },
      observations: Object.fromEntries(
        policy.guardrails.flatMap((guardrail) => {
          const observation = observed(guardrail, news);
          return observation ? [[guardrail.id, observation]] : [];
        }),
      ),
    },
    counted: {
      ...record.counted,
      ...Object.fromEntries(news.map(({ generation, counted }) => [generation, counted])),
    },
  };
}

function ofGeneration(
  { steps, counted, policy }: Parameters<typeof lookFromTraffic>[0],
  generation: number,
  now: Counted | undefined,
): readonly News[] {
  const begun = steps.findLast((one) => one.generation <= generation);
  if (!begun || !now) return [];
  const split = shareOf(begun.step, policy) < 1;
  return [{ generation, step: begun.step, ...newsOf(now, counted[generation], split) }];
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
  if (id === 'failures') return ({ exposures, failures }) => ({ exposures, events: failures });
  const isKind = (name: string): name is FailureKind => FAILURE_KINDS.some((one) => one === name);
  if (!isKind(id)) return undefined;
  return ({ exposures, kinds }) => ({ exposures, events: kinds[id] ?? 0 });
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
