import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayMove, STAGES, type Stage } from '#domain/registry/stage.ts';

const LEGAL: readonly (readonly [Stage, Stage])[] = [
  ['TRAINING', 'VALIDATION'],
  ['TRAINING', 'FAILED'],
  ['VALIDATION', 'STAGING'],
  ['VALIDATION', 'FAILED'],
  ['STAGING', 'PRODUCTION'],
  ['STAGING', 'DEPRECATED'],
  ['STAGING', 'FAILED'],
  ['PRODUCTION', 'DEPRECATED'],
  ['PRODUCTION', 'STAGING'],
  ['PRODUCTION', 'FAILED'],
  ['DEPRECATED', 'PRODUCTION'],
];

describe('mayMove', () => {
  it('allows exactly the legal transitions', () => {
    const allowed = STAGES.flatMap((from) =>
      STAGES.filter((to) => mayMove(from, to)).map((to) => `${from} ${to}`),
    );
    expect(allowed.sort()).toEqual(LEGAL.map((move) => move.join(' ')).sort());
  });

  it('leaves no way out of FAILED, on whatever path a version got there', () => {
    const stage = fc.constantFrom(...STAGES);
    fc.assert(
      fc.property(stage, fc.array(stage, { maxLength: 30 }), (start, wishes) => {
        let now = start;
        let failed = now === 'FAILED';
        for (const wish of wishes) {
          if (mayMove(now, wish)) now = wish;
          failed ||= now === 'FAILED';
        }
        return !failed || now === 'FAILED';
      }),
    );
  });

  it('never gives traffic to what was not staged or served before', () => {
    const before = STAGES.filter((from) => mayMove(from, 'PRODUCTION'));
    expect(before).toEqual(['STAGING', 'DEPRECATED']);
  });
});
