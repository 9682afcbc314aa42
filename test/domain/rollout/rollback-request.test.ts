import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '#domain/registry/problem.ts';
import {
  executionName,
  MAX_EVIDENCE_BYTES,
  RollbackRequest,
} from '#domain/rollout/rollback-request.ts';
import { digestNo } from '../serving/routing/sample-route.ts';

const request: RollbackRequest = {
  id: '01890000-0000-7000-8000-000000000001',
  tenant: 'acme',
  model: 'churn',
  digest: digestNo(2),
  severity: 'critical',
  trigger: 'breaker',
  reason: 'five failures in a row',
  actor: 'request-rollback',
  generation: 7,
};

const problems = (changes: object) => {
  const parsed = RollbackRequest.safeParse({ ...request, ...changes });
  return parsed.success ? [] : problemsOf(parsed.error, { ...request, ...changes }, 'ask again');
};

describe('a request', () => {
  it('is what it was after a trip through JSON', () => {
    const named = { version: '2.0.0', to: '1.0.0', evidence: { e: [4.5] } };
    const sent = { ...request, ...named, trigger: 'person', abort: true };
    expect(RollbackRequest.parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
  });

  it.each([
    ['tenant', { tenant: 'ACME' }],
    ['model', { model: '../churn' }],
    ['digest', { digest: 'abc' }],
    ['id', { id: '8c1f7b1e-0000-4000-8000-000000000000' }],
    ['severity', { severity: 'worst' }],
    ['trigger', { trigger: 'cron' }],
    ['generation', { generation: -1 }],
    ['generation', { generation: 1.5 }],
    ['reason', { reason: '' }],
    ['evidence', { evidence: Number.NaN }],
    ['evidence', { evidence: 'x'.repeat(MAX_EVIDENCE_BYTES) }],
    ['abort', { abort: true }],
    ['abort', { abort: true, trigger: 'alarm' }],
    ['extra', { extra: 1 }],
  ])('with a bad %s says so', (field, changes) => {
    expect(problems(changes).map((problem) => problem.field)).toEqual([field]);
  });
});

describe('the name of its execution', () => {
  const other = { id: '01890000-0000-7000-8000-000000000002', reason: 'six', actor: 'another' };

  it('is one for all that the same trigger saw of the same version', () => {
    const name = executionName(request);
    expect(name).toMatch(/^acme-churn-7-breaker-[0-9a-f]{12}$/);
    expect(executionName({ ...request, ...other, evidence: { at: 1 } })).toBe(name);
  });

  it.each([
    ['another generation', { generation: 8 }],
    ['another trigger', { trigger: 'look' as const }],
    ['another version', { digest: digestNo(3) }],
    ['no version', { digest: undefined }],
    ['less haste', { severity: 'high' as const }],
    ['another tenant', { tenant: 'acme2' }],
  ])('is another for %s', (_, changes) => {
    expect(executionName({ ...request, ...changes })).not.toBe(executionName(request));
  });

  it('is the same however soon, as long as it is step by step', () => {
    const low = executionName({ ...request, severity: 'low' });
    expect(executionName({ ...request, severity: 'high' })).toBe(low);
  });

  it("is a person's own for each request", () => {
    const asked = { ...request, trigger: 'person' as const };
    expect(executionName(asked)).toBe(request.id);
    expect(executionName({ ...asked, id: other.id })).toBe(other.id);
  });

  it('is another for another attempt', () => {
    for (const trigger of ['breaker', 'person'] as const) {
      const names = [1, 2, 3].map((attempt) => executionName({ ...request, trigger }, attempt));
      expect(new Set(names).size).toBe(3);
    }
  });

  it('tells tenants and models apart whose names run together', () => {
    const name = (tenant: string, model: string) => executionName({ ...request, tenant, model });
    expect(name('a', 'b-c')).not.toBe(name('a-b', 'c'));
    expect(name('a', 'b.c')).not.toBe(name('a', 'b_c'));
    const long = 'm'.repeat(62);
    expect(name('t'.repeat(40), `${long}1`)).not.toBe(name('t'.repeat(40), `${long}2`));
  });

  it('is one that Step Functions takes, whatever is named', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9-]{1,40}$/),
        fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/),
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 3 }),
        (tenant, model, generation, attempt) => {
          const name = executionName({ ...request, tenant, model, generation }, attempt);
          expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
        },
      ),
    );
  });
});
