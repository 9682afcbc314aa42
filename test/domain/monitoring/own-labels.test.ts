import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PredictionProfile } from '#domain/gates/performance/reference-profile.ts';
import { ownLabels } from '#domain/monitoring/truth/own-labels.ts';

const classesOf = (truths: Readonly<Record<string, number>>): PredictionProfile => ({
  kind: 'classes',
  classes: Object.entries(truths).map(([label, truth]) => ({ label, truth, answered: 1 })),
  unknown: 0,
});

it('are the classes that the version was judged on, the most frequent first', () => {
  expect(ownLabels(classesOf({ no: 10, yes: 90 }))).toEqual(['yes', 'no']);
});

it('are none of a version that answers numbers, or has no profile', () => {
  const empty = { kind: 'empty', missing: 0 } as const;
  expect(ownLabels({ kind: 'values', truth: empty, answered: empty })).toEqual([]);
  expect(ownLabels(undefined)).toEqual([]);
});

it('are at most 64, of 1024 bytes together', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, 200 - i]));
  expect(ownLabels(classesOf(many))).toEqual(Object.keys(many).slice(0, 64));
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 64 }), { maxLength: 80 });
  fc.assert(
    fc.property(names, (all) => {
      const own = ownLabels(classesOf(Object.fromEntries(all.map((name) => [name, 1]))));
      expect(own.length).toBeLessThanOrEqual(64);
      expect(new TextEncoder().encode(own.join('')).length).toBeLessThanOrEqual(1024);
    }),
  );
});
