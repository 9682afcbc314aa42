import type { Measured } from '#domain/gates/performance/measured.ts';
import type { Check, Json } from '#domain/gates/verdict.ts';
import type { Attacked } from './attack.ts';
import { judgeTriggers } from './judge-triggers.ts';
import type { Robustness } from './measure.ts';
import type { MissingDrop } from './missing.ts';
import type { NoiseDrop } from './noise.ts';
import type { RobustnessPolicy } from './policy.ts';

/** Differences of decimal numbers miss their decimal difference by less. */
const ROUNDING = 1e-9;

/**
 * Judges what perturbed rows did to the answers. What is measured may fail a version; an anomaly
 * signal never does. Whatever is missing is inconclusive.
 */
export function judgeRobustness(found: Robustness, policy: RobustnessPolicy): readonly Check[] {
  const unit = found.task === 'regression' ? "of the target's standard deviation" : 'of accuracy';
  return [
    judgeRows(found, policy),
    judgeNoise(found.noise, policy, unit),
    judgeMissing(found.missing, policy, unit),
    judgeAttack(found.attack, policy),
    judgeTriggers(found, policy),
  ];
}

function judgeRows(
  { rows, of, features, varying, probed }: Robustness,
  policy: RobustnessPolicy,
): Check {
  const check = { id: 'robustness.evaluation', observed: of, threshold: policy.rowsMin };
  if (of < policy.rowsMin) {
    const message = `${of} rows are too few to tell a drop from chance, expected at least ${policy.rowsMin}; add labelled rows to the evaluation set`;
    return { ...check, verdict: 'inconclusive', message };
  }
  if (varying === 0) {
    const message = `none of the ${features} features varies over ${of} rows, expected at least one that does; judge by rows as they occur`;
    return { ...check, verdict: 'inconclusive', message };
  }
  const message = `perturbed ${rows} of ${of} rows, ${probed} of ${features} features one by one`;
  return { ...check, verdict: 'pass', message };
}

function judgeNoise(
  measured: Measured<NoiseDrop>,
  { noiseSd, noiseDropMax }: RobustnessPolicy,
  unit: string,
): Check {
  const id = 'robustness.noise';
  if (!measured.ok) return unmeasured(id, measured);
  const { drop, features } = measured.value;
  if (features === 0) return notApplicable(id);
  return judged(
    { id, observed: drop, threshold: noiseDropMax },
    `noise of ${noiseSd} standard deviations on ${features} features costs ${short(drop)} ${unit}`,
    'train with noise or more data, regularise, or scale what the features are divided by',
  );
}

function judgeMissing(
  measured: Measured<readonly MissingDrop[]>,
  { missingDropMax }: RobustnessPolicy,
  unit: string,
): Check {
  const id = 'robustness.missing-feature';
  if (!measured.ok) return unmeasured(id, measured);
  const [worst] = measured.value;
  if (!worst)
    return {
      id,
      verdict: 'inconclusive',
      message: 'no feature was left out; expected one at least',
    };
  const { feature, drop, as } = worst;
  return judged(
    { id, observed: drop, threshold: missingDropMax, where: feature },
    `without ${feature} (its ${as === 'NaN' ? 'value NaN' : as} in every row) it loses ${short(drop)} ${unit}`,
    'add features that back this one up, or train with missing values',
  );
}

function judgeAttack(
  measured: Measured<Attacked>,
  { attackSd, flipShareMax }: RobustnessPolicy,
): Check {
  const id = 'robustness.hard-negatives';
  if (!measured.ok) return unmeasured(id, measured);
  const { flipShare, rows, attacked, moved } = measured.value;
  if (moved === 0) return notApplicable(id);
  return judged(
    { id, observed: flipShare, threshold: flipShareMax },
    `steps of at most ${attackSd} standard deviations turn the answers to at least ${short(100 * flipShare)} % of ${rows} rows (tried on the ${attacked} nearest to the boundary)`,
    'train on such rows (adversarial training), or smooth the decision boundary',
  );
}

function judged(
  check: { id: string; observed: number; threshold: number; where?: string },
  said: string,
  remedy: string,
): Check {
  const passes = check.observed <= check.threshold + ROUNDING;
  const message = `${said}, ${passes ? 'at most' : 'above'} ${check.threshold}${passes ? '' : `; ${remedy}`}`;
  return { ...check, verdict: passes ? 'pass' : 'fail', message };
}

const notApplicable = (id: string): Check => ({
  id,
  verdict: 'pass',
  message: 'not applicable: no feature is a number that could move a little',
});

const unmeasured = (
  id: string,
  { verdict, reason }: Extract<Measured<unknown>, { ok: false }>,
): Check => ({
  id,
  verdict,
  message: reason,
});

const short = (value: number): string => String(Number(value.toPrecision(4)));

/** Of features the ten that say most. */
const KEPT = 10;

/** What was measured, as JSON. */
export function robustnessEvidence(found: Robustness): { readonly [name: string]: Json } {
  const { missing, triggers, ...rest } = found;
  const kept = { ...rest, missing: first(missing), triggers: first(triggers) };
  return JSON.parse(JSON.stringify(kept)) as { readonly [name: string]: Json };
}

const first = <T>(measured: Measured<readonly T[]>): Measured<readonly T[]> =>
  measured.ok ? { ok: true, value: measured.value.slice(0, KEPT) } : measured;
