import type { EvaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { drawn, mulberry32 } from '#domain/gates/random.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { anomalyIndexes } from './anomaly-index.ts';
import { type Attacked, measureAttack } from './attack.ts';
import { lossOf } from './loss.ts';
import { type MissingDrop, measureMissing } from './missing.ts';
import { measureNoise, type NoiseDrop } from './noise.ts';
import type { RobustnessPolicy } from './policy.ts';
import { type Ask, ofRows, type Subject, subjectOf } from './subject.ts';
import { measureTriggers, type TriggerSignal } from './trigger.ts';

/** Rows that noise and missing features are measured on, and those of the costlier searches. */
const ROWS = 500;
const SEARCHED_ROWS = 200;
/** Features that are probed one by one. */
const PROBED_FEATURES = 256;

interface IndexedSignal extends TriggerSignal {
  readonly index: number;
}

export interface Robustness {
  /** Drawn from the rows of the set, and how many those are. */
  readonly rows: number;
  readonly of: number;
  readonly task: 'classification' | 'regression';
  readonly features: number;
  /** Those with more than one value. */
  readonly varying: number;
  /** Features probed one by one: drawn where there are too many. */
  readonly probed: number;
  /** 1 - accuracy, of a regression RMSE over the target's standard deviation. */
  readonly loss: number;
  readonly noise: Measured<NoiseDrop>;
  /** Worst first. */
  readonly missing: Measured<readonly MissingDrop[]>;
  readonly attack: Measured<Attacked>;
  /** Greatest index first. */
  readonly triggers: Measured<readonly IndexedSignal[]>;
}

/**
 * Perturbs judging rows and measures what becomes of the answers. Rows, features and noise are
 * drawn by `seed`: the same set, model and seed give the same numbers.
 */
export async function measureRobustness(
  schema: IoSchema,
  set: EvaluationSet,
  ask: Ask,
  { noiseSd, attackSd, rowsMin }: RobustnessPolicy,
  seed: number,
): Promise<Measured<Robustness>> {
  const random = mulberry32(seed);
  const subject = subjectOf(schema, set, ask, Math.max(ROWS, rowsMin), random);
  const probed = drawn(subject.features.length, PROBED_FEATURES, random);
  const base = await subject.answer(subject.columns);
  if (!base.ok) return base;
  const loss = lossOf(subject.truth, base.value);
  return {
    ok: true,
    value: {
      rows: subject.rows,
      of: set.rows,
      task: base.value.kind === 'values' ? 'regression' : 'classification',
      features: subject.features.length,
      varying: subject.features.filter(({ sorted }) => sorted[0] !== sorted.at(-1)).length,
      probed: probed.length,
      loss,
      noise: await measureNoise(subject, loss, noiseSd, random),
      missing: await measureMissing(subject, loss, probed),
      attack: await measureAttack(subject, base.value, attackSd, SEARCHED_ROWS, probed),
      triggers: await indexed(ofRows(subject, drawn(subject.rows, SEARCHED_ROWS, random)), probed),
    },
  };
}

async function indexed(
  subject: Subject,
  probed: readonly number[],
): Promise<Measured<readonly IndexedSignal[]>> {
  const base = await subject.answer(subject.columns);
  if (!base.ok) return base;
  const signals = await measureTriggers(subject, base.value, probed);
  if (!signals.ok) return signals;
  const indexes = anomalyIndexes(signals.value.map(({ jump }) => jump));
  const value = signals.value.map((signal, at) => ({ ...signal, index: indexes[at] ?? 0 }));
  return { ok: true, value: value.sort((a, b) => b.index - a.index) };
}
