import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concludeGates,
  countVerdicts,
  evidenceHash,
  verdictOf,
} from '#domain/gates/gate-result.ts';
import { type Check, VERDICTS, type Verdict, worst } from '#domain/gates/verdict.ts';
import { digestA, digestB } from '../../support/sample-release.ts';

const check = (verdict: Verdict): Check => ({ id: 'x', verdict, message: 'm' });
const result = (gate: string, verdict: Verdict, fields = {}) => ({
  gate,
  verdict,
  digest: digestA,
  policyHash: digestB,
  attestation: {},
  ...fields,
});
const conclude = (required: readonly string[], results: readonly ReturnType<typeof result>[]) =>
  concludeGates(required, results, digestA, digestB);

describe('countVerdicts', () => {
  it('counts each verdict, those that do not occur too', () => {
    expect(countVerdicts([check('pass'), check('fail'), check('pass')])).toEqual({
      pass: 2,
      inconclusive: 0,
      error: 0,
      fail: 1,
    });
  });
});

describe('verdictOf', () => {
  it('is the worst of the checks, and inconclusive without any', () => {
    expect(verdictOf([check('pass'), check('error')])).toBe('error');
    expect(verdictOf([])).toBe('inconclusive');
  });
});

describe('concludeGates', () => {
  it('passes when every required gate passed', () => {
    expect(conclude(['a', 'b'], [result('a', 'pass'), result('b', 'pass')])).toEqual({
      verdict: 'pass',
      gates: { a: 'pass', b: 'pass' },
      against: [],
    });
  });

  it('is inconclusive when one is missing, however good the others are', () => {
    expect(conclude(['a', 'b'], [result('a', 'pass')])).toEqual({
      verdict: 'inconclusive',
      gates: { a: 'pass', b: 'inconclusive' },
      against: ['b: no result'],
    });
  });

  it('counts a result without its attestation as inconclusive at best', () => {
    const unsigned = { attestation: undefined };
    expect(conclude(['a'], [result('a', 'pass', unsigned)]).gates).toEqual({ a: 'inconclusive' });
    expect(conclude(['a'], [result('a', 'fail', unsigned)]).gates).toEqual({ a: 'fail' });
  });

  it('is inconclusive when nothing was required', () => {
    expect(conclude([], []).verdict).toBe('inconclusive');
    expect(conclude([], [result('a', 'pass')]).verdict).toBe('inconclusive');
  });

  it.each<[Verdict, Verdict]>([
    ['pass', 'pass'],
    ['inconclusive', 'pass'],
    ['error', 'pass'],
    ['fail', 'fail'],
  ])('lets a gate that nobody required stop nothing but by a fail: %s', (extra, verdict) => {
    expect(conclude(['a'], [result('a', 'pass'), result('extra', extra)])).toEqual({
      verdict,
      gates: { a: 'pass', extra },
      against: verdict === 'pass' ? [] : ['extra: fail'],
    });
  });

  it.each([
    ['digest', { digest: digestB }],
    ['policy', { policyHash: digestA }],
  ])('ignores a result on another %s', (_, fields) => {
    expect(conclude(['a'], [result('a', 'pass', fields), result('b', 'fail', fields)])).toEqual({
      verdict: 'inconclusive',
      gates: { a: 'inconclusive' },
      against: ['a: no result'],
    });
  });

  it('passes exactly if every required gate passed on this digest and policy, and none failed', () => {
    const digest = fc.constantFrom(digestA, digestB);
    const results = fc.array(
      fc.record({
        gate: fc.constantFrom('a', 'b', 'c'),
        verdict: fc.constantFrom(...VERDICTS),
        digest,
        policyHash: digest,
        attestation: fc.constant({}),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(fc.subarray<string>(['a', 'b', 'c']), results, (required, found) => {
        const { verdict } = conclude(required, found);
        const counted = found.filter((r) => r.digest === digestA && r.policyHash === digestB);
        const judged = new Set<string>(counted.map(({ gate }) => gate));
        const expected =
          required.length > 0 &&
          required.every((gate) => judged.has(gate)) &&
          counted.every(({ gate, verdict }) =>
            required.includes(gate) ? verdict === 'pass' : verdict !== 'fail',
          );
        return (verdict === 'pass') === expected;
      }),
    );
  });

  it('lets no later result of a gate hide a worse one', () => {
    expect(conclude(['a'], [result('a', 'fail'), result('a', 'pass')]).verdict).toBe('fail');
  });

  it('gives the worst of the required gates', () => {
    const verdicts = fc.array(fc.constantFrom(...VERDICTS), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(verdicts, (list) => {
        const results = list.map((verdict, i) => result(`g${i}`, verdict));
        const required = results.map(({ gate }) => gate);
        return conclude(required, results).verdict === worst(list);
      }),
    );
  });
});

describe('evidenceHash', () => {
  const summary = (gate: string, verdict: Verdict, sha256 = digestA) => ({
    gate,
    verdict,
    result: { key: 'k', versionId: '1', sha256 },
  });
  const base = [summary('a', 'pass'), summary('b', 'pass')];

  it('is the same in whatever order the results come', () => {
    expect(evidenceHash([...base].reverse())).toBe(evidenceHash(base));
  });

  it.each([
    ['a verdict', [summary('a', 'fail'), summary('b', 'pass')]],
    ['a result document', [summary('a', 'pass', digestB), summary('b', 'pass')]],
    ['a gate more', [...base, summary('c', 'pass')]],
    ['a gate less', base.slice(0, 1)],
  ])('changes with %s', (_, changed) => {
    expect(evidenceHash(changed)).not.toBe(evidenceHash(base));
  });
});
