import type { Level, MonitoringPolicy } from '#domain/gates/monitoring-policy.ts';
import { greatest, levelOf, type Ratios } from '#domain/monitoring/statistics/levels.ts';
import type { PairVerdict } from './judge-pair.ts';
import { type Findings, judgedRatios } from './judged-ratios.ts';

interface NamedPair extends Pick<PairVerdict, 'outcome' | 'ratios'> {
  readonly name: string;
  readonly statistics: Findings;
  /** Those of its two features that drifted by themselves. */
  readonly moved: readonly string[];
}

interface DependenceVerdict {
  outcome: PairVerdict['outcome'];
  level?: Level;
  ratios: Ratios;
  /** Pairs that were judged. */
  judged: number;
  /** The pairs whose dependence changed, the gravest first. */
  drifted: string[];
}

/**
 * Whether features depend on each other in another way, of which one pair is enough. A pair that
 * moved no further than a feature that drifted explains may hide a change: it is not judged, and
 * while there is one the others do not speak for it, so that they clear no alarm.
 */
export function judgeDependence(
  pairs: readonly NamedPair[],
  policy: MonitoringPolicy,
): DependenceVerdict {
  const isHidden = ({ outcome, moved, statistics }: NamedPair): boolean =>
    outcome !== 'DRIFT' &&
    (moved.length > 0 || outcome === 'INSUFFICIENT_DATA') &&
    // How far the difference changed, whatever its features explain of it.
    judgedRatios(statistics, policy).warn >= policy.clearBelow;
  const hidden = pairs.filter(isHidden);
  const judged = pairs.filter((pair) => pair.outcome !== 'INSUFFICIENT_DATA' && !isHidden(pair));
  const ratios = greatest(judged.map((pair) => pair.ratios));
  const level = levelOf(ratios);
  const drifted = judged
    .filter(({ outcome }) => outcome === 'DRIFT')
    .toSorted((a, b) => b.ratios.warn - a.ratios.warn);
  const isStable = judged.length > 0 && hidden.length === 0;
  return {
    outcome: level ? 'DRIFT' : isStable ? 'STABLE' : 'INSUFFICIENT_DATA',
    ...(level && { level }),
    ratios,
    judged: judged.length,
    drifted: drifted.map(({ name }) => name),
  };
}
