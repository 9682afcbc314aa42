import { expect, it } from 'vitest';
import type { GoldenCases, GoldenOutput } from '#domain/gates/golden-cases.ts';
import { judgeAnswers, type ServedAnswer } from '#domain/rollout/judge-answers.ts';

const output = (value: number): GoldenOutput => ({
  name: 'p',
  datatype: 'FP64',
  shape: [1],
  data: [value],
});
const golden = (tolerance = 0): GoldenCases => ({
  schema: 'assay.golden/v1',
  tolerance,
  cases: ['a', 'b'].map((name) => ({ name, request: {}, expected: { outputs: [output(0.5)] } })),
});
const answer = (value: number, version = '1.0.0'): ServedAnswer => ({
  ok: true,
  outputs: [output(value)],
  version,
});
const judge = (answers: ServedAnswer[], cases = golden()) =>
  Object.fromEntries(
    judgeAnswers(cases, answers, { version: '1.0.0', toleranceMax: 1e-5 }).map((check) => [
      check.id.replace('rollback.', ''),
      check,
    ]),
  );

it('passes the version that should answer, as its cases say', () => {
  const checks = judge([answer(0.5), answer(0.500009)]);
  expect(Object.values(checks).map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
});

it('fails an answer that is further off than may be', () => {
  const { answers, version, golden: found } = judge([answer(0.5), answer(0.50002)]);
  expect([answers?.verdict, version?.verdict, found?.verdict]).toEqual(['pass', 'pass', 'fail']);
  expect(found).toMatchObject({
    observed: 1,
    message: expect.stringContaining('case b: output p'),
  });
});

it('asks no more of an answer than the cases that it was accepted by', () => {
  expect(judge([answer(0.5), answer(0.509)], golden(0.01)).golden?.verdict).toBe('pass');
  expect(judge([answer(0.5), answer(0.511)], golden(0.01)).golden?.verdict).toBe('fail');
});

it('fails an answer by another version, right or not', () => {
  const { version, golden: found } = judge([answer(0.5, '2.0.0'), answer(0.5)]);
  expect(version).toMatchObject({ verdict: 'fail', message: expect.stringContaining('2.0.0') });
  expect(found?.verdict).toBe('pass');
});

it('fails where there is no answer', () => {
  const { answers, version } = judge([{ ok: false, reason: 'status 503' }, answer(0.5)]);
  expect(answers).toMatchObject({
    verdict: 'fail',
    observed: 1,
    message: expect.stringContaining('status 503'),
  });
  expect(version?.verdict).toBe('pass');
});
