import type { Level, MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { greatest, levelOf, type Ratios, reachedBy } from '#domain/monitoring/statistics/levels.ts';
import type { FeatureVerdict } from './judge-feature.ts';

export interface NamedVerdict {
  /** `input/name` of a feature. */
  readonly name: string;
  readonly verdict: Pick<FeatureVerdict, 'outcome' | 'ratios'>;
}

export interface InputsVerdict {
  readonly outcome: FeatureVerdict['outcome'];
  readonly level?: Level;
  readonly ratios: Ratios;
  /** Share of the judged features that drifted. */
  readonly driftedShare: number;
  /** Greatest ratio of any feature to what warns. */
  readonly greatestRatio: number;
  /** The features that drifted, the gravest first. */
  readonly drifted: string[];
}

/**
 * Whether a model's inputs drifted: at least two features and a fifth of those judged, or one that
 * the policy calls critical (the numbers are the policy's). A model of a single feature drifts with
 * it. As ratios, so that what is raised has a distance from being cleared.
 */
export function judgeInputs(
  features: readonly NamedVerdict[],
  policy: MonitoringPolicy,
): InputsVerdict {
  const judged = features.filter(({ verdict }) => verdict.outcome !== 'INSUFFICIENT_DATA');
  const all = judged.map(({ verdict }) => verdict.ratios);
  const together = Math.max(
    1,
    Math.min(
      judged.length,
      Math.max(policy.driftedFeaturesMin, Math.ceil(policy.driftedShareMin * judged.length)),
    ),
  );
  const critical = judged.filter(({ name }) => policy.criticalFeatures.includes(name));
  const ratios = greatest([
    reachedBy(all, together),
    ...critical.map(({ verdict }) => verdict.ratios),
  ]);
  const drifted = judged
    .filter(({ verdict }) => verdict.outcome === 'DRIFT')
    .toSorted((a, b) => b.verdict.ratios.warn - a.verdict.ratios.warn);
  const level = levelOf(ratios);
  return {
    outcome: level ? 'DRIFT' : judged.length > 0 ? 'STABLE' : 'INSUFFICIENT_DATA',
    ...(level && { level }),
    ratios,
    driftedShare: judged.length === 0 ? 0 : drifted.length / judged.length,
    greatestRatio: greatest(all).warn,
    drifted: drifted.map(({ name }) => name),
  };
}
