import type { Added, Outcomes } from '#aws/outcomes.ts';
import type { LateTruth, Truths } from '#aws/truths.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { isOnTrial } from '#domain/serving/decision.ts';
import type { Reported } from './read-outcome.ts';

export interface CountPorts {
  readonly outcomes: Pick<Outcomes, 'add'>;
  readonly truths: Pick<Truths, 'add'>;
}

/**
 * Counts each for its trial and for the version that answered, one after the other: either counts
 * once, so that a repeat after a fault between them completes what is missing. Accepted is what
 * was new to any of them.
 */
export async function countOutcomes(
  { outcomes, truths }: CountPorts,
  model: Pick<Subject, 'tenant' | 'model'>,
  reported: readonly Reported[],
): Promise<Added> {
  const tried = reported.filter(({ decision }) => isOnTrial(decision));
  const known = reported.flatMap((one) => {
    const late = lateTruthOf(one);
    return late ? [[one, late] as const] : [];
  });
  const byTrial = await outcomes.add(model, tried);
  const byVersion = await truths.add(
    model,
    known.map(([, late]) => late),
  );
  const accepted = new Set([
    ...tried.filter((_, i) => byTrial[i] === 'accepted'),
    ...known.flatMap(([one], i) => (byVersion[i] === 'accepted' ? [one] : [])),
  ]);
  return reported.map((one) => (accepted.has(one) ? 'accepted' : 'repeated'));
}

/** A decision of the first form does not tell which version answered. */
function lateTruthOf({ decision, truth }: Reported): LateTruth | undefined {
  const { answered } = decision;
  return truth && answered !== undefined
    ? { decision: { ...decision, answered }, truth }
    : undefined;
}
