import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { pairBinsOf } from '#domain/monitoring/statistics/pair-bins.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import type { Referenced } from '../../monitoring/reference-profile-of.ts';
import { type AnswerCounter, answerCounters } from './answer-counter.ts';
import { FeatureCounter, placedFeatures } from './feature-counter.ts';

/** Rows that a version answered. */
export interface AnsweredRows {
  readonly inputs: readonly Tensor[];
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly rows: number;
}

type Counted = Required<Pick<Seen, 'profile'>> &
  Pick<Seen, 'counted' | 'features' | 'pairs' | 'answers' | 'scores'>;

/** Counts rows in the bins of one profile. */
export class RowCounter {
  readonly #profile: Referenced['sha256'];
  readonly #features: FeatureCounter;
  readonly #answers: AnswerCounter | undefined;
  #counted = 0;

  constructor(
    profile: Referenced['sha256'],
    features: FeatureCounter,
    answers: AnswerCounter | undefined,
  ) {
    this.#profile = profile;
    this.#features = features;
    this.#answers = answers;
  }

  count({ inputs, outputs, rows }: AnsweredRows): void {
    if (!this.#features.count(inputs, rows)) return;
    this.#counted += rows;
    this.#answers?.count(outputs, rows);
  }

  counted(): Counted {
    const { answers, scores } = this.#answers ?? {};
    return {
      profile: this.#profile,
      counted: this.#counted,
      features: this.#features.counts,
      ...(this.#features.pairCounts.length > 0 && { pairs: this.#features.pairCounts }),
      ...(answers && { answers }),
      ...(scores && { scores }),
    };
  }
}

/**
 * Makes counters of a version's rows, one for each hour; undefined where the profile is of other
 * inputs than the version's manifest names.
 */
export function rowCounters(
  { profile, sha256 }: Referenced,
  manifest: Pick<Manifest, 'io' | 'evaluation'>,
): (() => RowCounter) | undefined {
  const placed = placedFeatures(profile, manifest.io.inputs);
  if (!placed) return undefined;
  const pairs = pairBinsOf(profile);
  const answers = answerCounters(manifest, profile.predictions);
  return () => new RowCounter(sha256, new FeatureCounter(placed, pairs), answers?.());
}
