import fc from 'fast-check';
import { expect, it } from 'vitest';
import { generationsOf, keptCounts } from '#domain/rollout/generations.ts';
import { NO_TRAFFIC } from '#domain/rollout/traffic.ts';
import { inStep } from './sample-rollout.ts';

const begun = (generations: readonly number[], step: number, looksInStep: number) => {
  const steps = generations.map((generation, i) => ({ step: i, generation, at: '' }));
  return { steps, state: { ...inStep(0).state, step, looksInStep } };
};

it('reads all generations since the rollout began, those between steps too', () => {
  expect(generationsOf(begun([4], 0, 0), 4).all).toEqual([4]);
  expect(generationsOf(begun([4, 7], 1, 0), 8).all).toEqual([4, 5, 6, 7, 8]);
});

it.each([
  ['before the step is looked at', 1, 9, [7, 8, 9]],
  ['after one look at it', 2, 1, [7, 8, 9]],
  ['after two looks at it', 2, 2, [9]],
])('reads traffic of the step before as long as it may be late: %s', (_, step, looks, open) => {
  expect([...generationsOf(begun([4, 7, 9], step, looks), 9).open]).toEqual(open);
});

it('opens no generation again that it has closed', () => {
  const anyHistory = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(anyHistory, (looksOfSteps) => {
      const generations: number[] = [];
      let closed: readonly number[] = [];
      looksOfSteps.forEach((looks, step) => {
        generations.push(2 * step + 2);
        for (let look = 0; look <= looks; look++) {
          const state = look === 0 ? Math.max(0, step - 1) : step;
          const record = begun(generations, state, look === 0 ? 9 : look);
          const { all, open } = generationsOf(record, 2 * step + 3);
          expect(closed.filter((generation) => open.has(generation))).toEqual([]);
          closed = all.filter((generation) => !open.has(generation));
        }
      });
    }),
  );
});

it('keeps what is read again, and outcomes, which come late', () => {
  const arm = { count: 12, mean: 1, m2: 0 };
  const one = { traffic: { candidate: { stable: NO_TRAFFIC } }, outcomes: { stable: arm } };
  const generations = generationsOf(begun([4, 7], 1, 2), 7);
  expect(keptCounts({ '4': one, '7': one }, generations)).toEqual({
    '4': { traffic: {}, outcomes: one.outcomes },
    '7': one,
  });
});
