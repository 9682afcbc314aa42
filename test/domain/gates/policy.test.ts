import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Holdout, Policy, resolvePolicy } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';

const holdout: Holdout = {
  bucket: 'artifacts',
  key: 'uploads/AIDA1/acme/iris/u1/eval.csv',
  versionId: '1',
  sha256: 'ab'.repeat(32),
  evaluation: { dataset: 'eval.csv', target: 'y', task: 'binary-classification' },
};

describe('Policy', () => {
  it('reads the default policy as it is', () => {
    expect(Policy.parse(JSON.parse(JSON.stringify(DEFAULT_POLICY)))).toEqual(DEFAULT_POLICY);
  });

  it.each([
    ['a quorum below the floor', { approvals: { ...DEFAULT_POLICY.approvals, quorum: 1 } }],
    ['half a person', { approvals: { ...DEFAULT_POLICY.approvals, quorum: 2.5 } }],
    ['no time to vote', { approvals: { ...DEFAULT_POLICY.approvals, expireHours: 0 } }],
    ['an unknown role', { approvals: { ...DEFAULT_POLICY.approvals, roles: ['root'] } }],
    ['an unknown field', { waive: ['integrity'] }],
    ['another schema', { schema: 'assay.policy/v2' }],
  ])('refuses %s', (_, fields) => {
    expect(Policy.safeParse({ ...DEFAULT_POLICY, ...fields }).success).toBe(false);
  });
});

describe('DEFAULT_POLICY', () => {
  it('asks two people who may vote, within three days', () => {
    expect(DEFAULT_POLICY.approvals).toEqual({
      quorum: 2,
      roles: ['ml_engineer', 'senior_engineer'],
      expireHours: 72,
    });
  });

  it('requires integrity', () => {
    expect(DEFAULT_POLICY.gates.required).toContain('integrity');
  });
});

describe('resolvePolicy', () => {
  it('is the default for a model that has nothing of its own', () => {
    expect(resolvePolicy(DEFAULT_POLICY, {})).toEqual(DEFAULT_POLICY);
  });

  it('adds the pinned rows, which makes it another policy', () => {
    const policy = resolvePolicy(DEFAULT_POLICY, { holdout });
    expect(policy).toEqual({ ...DEFAULT_POLICY, holdout });
    expect(hashOf(policy)).not.toBe(hashOf(DEFAULT_POLICY));
    expect(Policy.parse(policy)).toEqual(policy);
  });

  it('puts the model’s settings over the tenant’s, setting by setting', () => {
    const tenant = { overlay: { performance: { eceMax: 0.07, accuracyMin: 0.9 } } };
    const model = { overlay: { performance: { eceMax: 0.05 } } };
    expect(resolvePolicy(DEFAULT_POLICY, tenant, model).performance).toEqual({
      ...DEFAULT_POLICY.performance,
      eceMax: 0.05,
      accuracyMin: 0.9,
    });
  });
});
