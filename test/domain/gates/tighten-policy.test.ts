import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEALTH_MINUTES_MAX } from '#domain/gates/monitoring-policy.ts';
import { DEFAULT_POLICY, Policy, resolvePolicy } from '#domain/gates/policy.ts';
import type { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { changePolicy, TIGHTER } from '#domain/gates/tighten-policy.ts';

const change = (overlay: PolicyOverlay, current = DEFAULT_POLICY) =>
  changePolicy(DEFAULT_POLICY, current, overlay);

describe('changePolicy', () => {
  it.each<[string, PolicyOverlay, PolicyOverlay]>([
    ['accuracyMin', { performance: { accuracyMin: 0.86 } }, { performance: { accuracyMin: 0.84 } }],
    [
      'accuracyRatioMin',
      { performance: { accuracyRatioMin: 0.96 } },
      { performance: { accuracyRatioMin: 0.94 } },
    ],
    ['p95RatioMax', { performance: { p95RatioMax: 1.05 } }, { performance: { p95RatioMax: 1.15 } }],
    [
      'memoryRatioMax',
      { performance: { memoryRatioMax: 1.1 } },
      { performance: { memoryRatioMax: 1.3 } },
    ],
    ['eceMax', { performance: { eceMax: 0.07 } }, { performance: { eceMax: 0.09 } }],
    [
      'latencyResolutionMs',
      { performance: { latencyResolutionMs: 0 } },
      { performance: { latencyResolutionMs: 1 } },
    ],
    ['quorum', { approvals: { quorum: 3 } }, { approvals: { expireHours: 73 } }],
    [
      'roles',
      { approvals: { roles: ['senior_engineer'] } },
      { approvals: { roles: ['ml_engineer', 'senior_engineer', 'auditor'] } },
    ],
    [
      'gates',
      { gates: { required: [...DEFAULT_POLICY.gates.required, 'bias-review'] } },
      { gates: { required: ['integrity', 'security'] } },
    ],
    ['rowsMin', { dataset: { rowsMin: 20_000 } }, { dataset: { rowsMin: 300 } }],
    [
      'requireHashes',
      { dependencies: { requireHashes: true } },
      { dependencies: { conda: 'as-pypi' } },
    ],
    [
      'allowed kinds',
      { privacy: { allowed: [] } },
      { privacy: { allowed: [{ kind: 'email', reason: 'it routes mail' }] } },
    ],
    [
      'scan',
      { security: { scan: DEFAULT_POLICY.security.scan } },
      { security: { scan: { ...DEFAULT_POLICY.security.scan, pickle: 'judge' } } },
    ],
  ])('tells a tighter %s from a looser one', (_, tighter, looser) => {
    expect(change(tighter).outcome).toBe('tighter');
    expect(change(looser)).toMatchObject({
      outcome: 'looser',
      problems: [{ remedy: expect.stringContaining('another tenant_admin') }],
    });
  });

  it.each<[string, PolicyOverlay]>([
    ['a quorum of one', { approvals: { quorum: 1 } }],
    ['a policy without integrity', { gates: { required: ['security', 'schema'] } }],
    ['a policy without security', { gates: { required: ['integrity', 'schema'] } }],
    ['a success rate above 1', { integration: { successRateMin: 1.1 } }],
    ['evaluation by SageMaker without an image', { evaluation: { backend: 'sagemaker' } }],
    ['a warning below the floor', { performance: { accuracyWarn: 0.5 } }],
  ])('lets nobody set %s', (_, overlay) => {
    expect(change(overlay)).toMatchObject({ outcome: 'invalid', problems: [{}] });
  });

  it.each<[string, PolicyOverlay]>([
    ['of no section', { performance: { speed: 1 } }],
    ['named like what every object has', { dataset: { constructor: 1 } }],
  ])('names the settings there are where it is given one %s', (_, overlay) => {
    expect(change(overlay)).toMatchObject({
      outcome: 'invalid',
      problems: [{ expected: expect.stringMatching(/^one of (performance|dataset)\./) }],
    });
  });

  it('knows for every setting of the policy which way is tighter', () => {
    const { schema: _, holdout: __, ...sections } = DEFAULT_POLICY;
    const settings = Object.entries(sections).flatMap(([section, values]) =>
      Object.keys(values).map((name) => `${section}.${name}`),
    );
    expect(Object.keys(TIGHTER).sort()).toEqual(settings.sort());
  });

  it('takes a requirement of hashes back only as a loosening', () => {
    const current = resolvePolicy(DEFAULT_POLICY, {
      overlay: { dependencies: { requireHashes: true } },
    });
    expect(change({ dependencies: { requireHashes: false } }, current).outcome).toBe('looser');
  });

  it('is looser when it takes back what was tightened before', () => {
    const current = resolvePolicy(DEFAULT_POLICY, {
      overlay: { performance: { eceMax: 0.05 } },
    });
    expect(change({}, current)).toMatchObject({
      outcome: 'looser',
      problems: [
        { field: 'performance.eceMax', got: '0.08', expected: expect.stringContaining('0.05') },
      ],
    });
  });

  it('refuses health that is checked more rarely than alarms can watch, and no other', () => {
    const rare = (healthMinutes: number) => change({ monitoring: { healthMinutes } });
    expect(rare(HEALTH_MINUTES_MAX).outcome).toBe('looser');
    expect(rare(HEALTH_MINUTES_MAX + 1)).toMatchObject({
      outcome: 'invalid',
      problems: [
        {
          field: 'monitoring.healthMinutes',
          got: '3361',
          remedy: expect.stringContaining('more often'),
        },
      ],
    });
  });

  it('reads a policy from before that is refused now, and lets it be mended', () => {
    const current = resolvePolicy(DEFAULT_POLICY, {
      overlay: { monitoring: { healthMinutes: 10_080 } },
    });
    expect(Policy.safeParse(current).success).toBe(true);
    expect(change({ monitoring: { healthMinutes: 600 } }, current).outcome).toBe('tighter');
  });

  it('is tighter exactly when no number is looser', () => {
    const numbers = fc.record({
      eceMax: fc.double({ min: 0, max: 1, noNaN: true }),
      accuracyRatioMin: fc.double({ min: 0.01, max: 2, noNaN: true }),
      p95RatioMax: fc.double({ min: 1, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(numbers, (performance) => {
        const { eceMax, accuracyRatioMin, p95RatioMax } = DEFAULT_POLICY.performance;
        const noLooser =
          performance.eceMax <= eceMax &&
          performance.accuracyRatioMin >= accuracyRatioMin &&
          performance.p95RatioMax <= p95RatioMax;
        return (change({ performance }).outcome === 'tighter') === noLooser;
      }),
    );
  });
});
