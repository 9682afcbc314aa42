import type { Added, Outcomes } from '#aws/outcomes.ts';
import type { LateTruth, Truths } from '#aws/truths.ts';
import type { Subject } from '#domain/registry/subject.ts';
import { isOnTrial } from '#domain/serving/decision.ts';
import type { OwnLabels } from './own-labels.ts';
import type { Reported } from './read-outcome.ts';

export interface CountPorts {
  readonly outcomes: Pick<Outcomes, 'add'>;
  readonly truths: Pick<Truths, 'add'>;
  readonly labels: Pick<OwnLabels, 'of'>;
}

/**
 * Counts each for its trial and for the version that answered, one after the other: either counts
 * once, so that a repeat after a fault between them completes what is missing. Accepted is what
 * was new to any of them.
 */
export async function countOutcomes(
  { outcomes, truths, labels }: CountPorts,
  model: Pick<Subject, 'tenant' | 'model'>,
  reported: readonly Reported[],
): Promise<Added> {
  const tried = reported.filter(({ decision }) => isOnTrial(decision));
  const known = reported.flatMap((one) => {
    const late = lateTruthOf(one);
    return late ? [[one, late] as const] : [];
  });
  const versions = [...new Set(known.map(([, { decision }]) => decision.answered))];
  const own = new Map(
    await Promise.all(versions.map(async (one) => [one, await labels.of(model, one)] as const)),
  );
  const byTrial = await outcomes.add(model, tried);
  const byVersion = await truths.add(
    model,
    known.map(([, late]) => late),
    (answered) => own.get(answered) ?? new Set(),
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
