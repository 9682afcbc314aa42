import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { VERDICTS, worst } from '#domain/gates/verdict.ts';

it('is inconclusive when nothing was judged', () => {
  expect(worst([])).toBe('inconclusive');
});

it('passes only when everything passes', () => {
  expect(worst(['pass', 'pass'])).toBe('pass');
  expect(worst(['pass', 'inconclusive'])).toBe('inconclusive');
  expect(worst(['fail', 'error', 'pass'])).toBe('fail');
});

test('the order of verdicts decides, not the order they came in', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...VERDICTS), { minLength: 1 }), (verdicts) => {
      const ranks = verdicts.map((verdict) => VERDICTS.indexOf(verdict));
      expect(worst(verdicts)).toBe(VERDICTS[Math.max(...ranks)]);
    }),
  );
});
