import { describe, expect, it } from 'vitest';
import {
  type GoldenAnswer,
  type GoldenCases,
  judgeGoldenCases,
  parseGoldenCases,
  undecidedGoldenCases,
} from '#domain/gates/golden-cases.ts';

const output = (data: (number | string)[], fields = {}) => ({
  name: 'score',
  datatype: 'FP32' as const,
  shape: [data.length],
  data,
  ...fields,
});
const golden = (...expected: (number | string)[][]): GoldenCases => ({
  schema: 'assay.golden/v1',
  tolerance: 1e-5,
  cases: expected.map((data, i) => ({
    name: `case ${i}`,
    request: {},
    expected: { outputs: [output(data)] },
  })),
});
const answered = (...data: (number | string)[]): GoldenAnswer => ({
  ok: true,
  outputs: [output(data)],
});
const rateOf = (cases: GoldenCases, answers: GoldenAnswer[], limit = 1) =>
  judgeGoldenCases(cases, answers, limit)[0];

describe('judgeGoldenCases', () => {
  it('passes when every case is answered as expected', () => {
    const checks = judgeGoldenCases(
      golden([0.5], [0.25, 1]),
      [answered(0.5), answered(0.25, 1)],
      1,
    );
    expect(checks.map(({ id, verdict, where }) => [id, verdict, where])).toEqual([
      ['integration.success-rate', 'pass', undefined],
      ['integration.case', 'pass', 'case 0'],
      ['integration.case', 'pass', 'case 1'],
    ]);
  });

  it.each([
    [0.50001, 'pass'],
    [0.500011, 'fail'],
    [0.49999, 'pass'],
    [0.499989, 'fail'],
  ])('takes %d for 0.5 within 1e-5: %s', (got, verdict) => {
    expect(rateOf(golden([0.5]), [answered(got)])?.verdict).toBe(verdict);
  });

  it.each<[string, GoldenAnswer, string]>([
    ['a missing output', { ok: true, outputs: [] }, 'got nothing'],
    [
      'another datatype',
      { ok: true, outputs: [output([0.5], { datatype: 'FP64' })] },
      'got FP64 [1], expected FP32 [1]',
    ],
    ['another shape', { ok: true, outputs: [output([0.5], { shape: [1, 1] })] }, 'got FP32 [1,1]'],
    ['too few values', { ok: true, outputs: [output([], { shape: [1] })] }, 'got 0 values'],
    ['text for a number', answered('0.5'), 'got 0.5, expected 0.5 ± 0.00001'],
    ['a refusal', { ok: false, reason: 'shape: got 2' }, 'shape: got 2'],
  ])('fails on %s and says so', (_, answer, says) => {
    const [rate, failed] = judgeGoldenCases(golden([0.5]), [answer], 1);
    expect(rate).toMatchObject({ verdict: 'fail', observed: 0, threshold: 1 });
    expect(failed).toMatchObject({ verdict: 'fail', where: 'case 0' });
    expect(failed?.message).toContain(says.replace('0.00001', String(1e-5)));
  });

  it('judges the share at, above and below the limit', () => {
    const cases = golden([1], [2], [3], [4]);
    const answers = (right: number) => [1, 2, 3, 4].map((n) => answered(n <= right ? n : -1));
    expect(rateOf(cases, answers(2), 0.75)?.verdict).toBe('fail');
    expect(rateOf(cases, answers(3), 0.75)).toMatchObject({ verdict: 'pass', observed: 0.75 });
    expect(rateOf(cases, answers(4), 0.75)?.verdict).toBe('pass');
  });

  it('fails a case that nobody answered', () => {
    expect(rateOf(golden([1], [2]), [answered(1)])).toMatchObject({
      verdict: 'fail',
      observed: 0.5,
    });
  });
});

describe('parseGoldenCases', () => {
  it.each([
    ['no JSON', '{', 'golden cases'],
    ['no case', JSON.stringify({ ...golden(), cases: [] }), 'cases'],
    ['an unknown field', JSON.stringify({ ...golden([1]), extra: 1 }), 'extra'],
    ['a negative tolerance', JSON.stringify({ ...golden([1]), tolerance: -1 }), 'tolerance'],
  ])('refuses %s and names the field', (_, text, field) => {
    const parsed = parseGoldenCases(text);
    expect(parsed).toMatchObject({ ok: false, problems: [{ field }] });
    if (!parsed.ok) expect(undecidedGoldenCases(parsed.problems)[0]?.verdict).toBe('inconclusive');
  });
});
