import { describe, expect, it } from 'vitest';
import { HONEST_MODELS, honestAbove } from '#domain/gates/robustness/calibration.ts';
import { judgeRobustness, robustnessEvidence } from '#domain/gates/robustness/judge.ts';
import type { Robustness } from '#domain/gates/robustness/measure.ts';
import {
  DEFAULT_ROBUSTNESS_POLICY as policy,
  RobustnessPolicy,
} from '#domain/gates/robustness/policy.ts';

const slow = { ok: false, verdict: 'inconclusive', reason: 'too slow' } as const;
const signal = { feature: 'age', value: 130, jump: 0.9, index: 1 };
const found: Robustness = {
  task: 'classification',
  rows: 200,
  of: 200,
  features: 10,
  varying: 10,
  probed: 10,
  loss: 0.1,
  noise: { ok: true, value: { drop: 0.01, draws: [0.01], features: 10 } },
  missing: { ok: true, value: [{ feature: 'age', drop: 0.1, as: 'median' }] },
  attack: { ok: true, value: { flipShare: 0.1, rows: 200, attacked: 200, moved: 10 } },
  triggers: { ok: true, value: [signal] },
};

function judge(more: Partial<Robustness>, settings: Partial<RobustnessPolicy> = {}) {
  const checks = judgeRobustness({ ...found, ...more }, { ...policy, ...settings });
  return Object.fromEntries(checks.map((check) => [check.id.replace('robustness.', ''), check]));
}

const noise = (drop: number): Partial<Robustness> => ({
  noise: { ok: true, value: { drop, draws: [drop], features: 10 } },
});
const missing = (drop: number): Partial<Robustness> => ({
  missing: { ok: true, value: [{ feature: 'age', drop, as: 'median' }] },
});
const flips = (flipShare: number): Partial<Robustness> => ({
  attack: { ok: true, value: { flipShare, rows: 200, attacked: 200, moved: 10 } },
});
const trigger = (index: number): Partial<Robustness> => ({
  triggers: { ok: true, value: [{ ...signal, index }] },
});

it.each([
  ['noise', noise, policy.noiseDropMax],
  ['missing-feature', missing, policy.missingDropMax],
  ['hard-negatives', flips, policy.flipShareMax],
] as const)('passes %s up to its threshold and fails it above', (id, made, threshold) => {
  expect(judge(made(threshold - 1e-4))[id]?.verdict).toBe('pass');
  // A difference of decimal numbers: above the threshold by rounding alone.
  expect(judge(made(threshold + 1e-12))[id]?.verdict).toBe('pass');
  expect(judge(made(threshold))[id]?.verdict).toBe('pass');
  expect(judge(made(threshold + 1e-4))[id]).toMatchObject({
    verdict: 'fail',
    observed: threshold + 1e-4,
    threshold,
    message: expect.stringContaining(`above ${threshold}; `),
  });
});

it('passes answers that perturbation makes better', () => {
  expect(judge({ ...noise(-0.1), ...missing(-0.1) })).toMatchObject({
    noise: { verdict: 'pass' },
    'missing-feature': { verdict: 'pass' },
  });
});

it('does not decide on fewer rows than the policy asks for', () => {
  const { rowsMin } = policy;
  expect(judge({ of: rowsMin - 1 }).evaluation).toMatchObject({
    verdict: 'inconclusive',
    message: expect.stringContaining('add labelled rows'),
  });
  expect(judge({ of: rowsMin }).evaluation?.verdict).toBe('pass');
  expect(judge({ of: rowsMin + 1 }).evaluation?.verdict).toBe('pass');
});

it('does not decide on rows that are all the same', () => {
  expect(judge({ varying: 0 }).evaluation?.verdict).toBe('inconclusive');
  expect(judge({ varying: 1 }).evaluation?.verdict).toBe('pass');
});

it('says so where no feature is a number, and does not call it measured', () => {
  const checks = judge({
    noise: { ok: true, value: { drop: 0, draws: [0], features: 0 } },
    attack: { ok: true, value: { flipShare: 0, rows: 9, attacked: 9, moved: 0 } },
  });
  const message = expect.stringMatching(/^not applicable: no feature is a number/);
  expect(checks).toMatchObject({ noise: { message }, 'hard-negatives': { message } });
  expect(checks.noise).not.toHaveProperty('observed');
});

it('is as undecided as the measurement it lacks', () => {
  const checks = judge({ noise: slow, missing: slow, attack: slow, triggers: slow });
  expect(Object.values(checks).map(({ verdict }) => verdict)).toEqual([
    'pass',
    'inconclusive',
    'inconclusive',
    'inconclusive',
    'inconclusive',
  ]);
  expect(judge({ missing: { ok: true, value: [] } })['missing-feature']?.verdict).toBe(
    'inconclusive',
  );
});

describe('an anomaly signal', () => {
  const { triggerIndexMax } = policy;
  const of = (more: Partial<Robustness>, settings: Partial<RobustnessPolicy> = {}) =>
    judge(more, settings)['trigger-signal'];

  it('is none at its threshold', () => {
    for (const index of [triggerIndexMax - 0.01, triggerIndexMax]) {
      const check = of(trigger(index), { anomalies: 'refuse' });
      expect(check).toMatchObject({ verdict: 'pass', observed: index });
      expect(check?.message).toMatch(/^no anomaly signal: /);
    }
  });

  it('passes above it with its false-positive rate, and waits for review where policy refuses', () => {
    const above = trigger(triggerIndexMax + 0.01);
    const rate = `% of ${HONEST_MODELS} honest models show one`;
    expect(of(above)).toMatchObject({
      verdict: 'pass',
      where: 'age',
      message: expect.stringContaining(rate),
    });
    expect(of(above)?.message).toMatch(/^warning: anomaly signal/);
    expect(of(above, { anomalies: 'refuse' })?.verdict).toBe('inconclusive');
  });

  it('never fails a version, and never says that there is no backdoor', () => {
    for (const anomalies of ['warn', 'refuse'] as const) {
      for (const index of [0, triggerIndexMax, 1e9]) {
        const check = of(trigger(index), { anomalies });
        expect(check?.verdict).not.toBe('fail');
        expect(check?.message).not.toMatch(/backdoor/i);
      }
    }
  });

  it('cannot be told among fewer than four features', () => {
    const message = expect.stringContaining('no signal could be measured');
    expect(of({ probed: 3 })).toMatchObject({ verdict: 'pass', message });
    expect(of({ probed: 3 }, { anomalies: 'refuse' })).toMatchObject({
      verdict: 'inconclusive',
      message,
    });
    expect(of({ probed: 4 })).toHaveProperty('observed');
  });

  it('has a false-positive rate that falls with the threshold', () => {
    const rates = [0, 0.5, 1, 2, 3, 5, 8, 9, 100].map(honestAbove);
    expect(rates[0]).toBe(1);
    expect([...rates].sort((a, b) => b - a)).toEqual(rates);
    expect(honestAbove(policy.triggerIndexMax)).toBe(9 / 140);
    expect(honestAbove(policy.triggerIndexMax + 0.5)).toBe(9 / 140);
  });
});

it('keeps the ten worst features as evidence', () => {
  const drops = Array.from({ length: 30 }, (_, i) => ({
    feature: `f${i}`,
    drop: 0,
    as: 'median' as const,
  }));
  const evidence = robustnessEvidence({ ...found, missing: { ok: true, value: drops } });
  expect(evidence).toMatchObject({ rows: 200, missing: { ok: true, value: { length: 10 } } });
});

it.each([
  ['rowsMin', 0, 1],
  ['noiseSd', 0, 0.01],
  ['noiseDropMax', 1.1, 1],
  ['missingDropMax', -0.1, 0],
  ['attackSd', -1, 0.01],
  ['flipShareMax', 2, 0],
  ['triggerIndexMax', 0, 0.1],
  ['anomalies', 'fail', 'refuse'],
])('takes no %s of %s', (name, wrong, right) => {
  expect(RobustnessPolicy.safeParse({ ...policy, [name]: wrong }).success).toBe(false);
  expect(RobustnessPolicy.safeParse({ ...policy, [name]: right }).success).toBe(true);
});
