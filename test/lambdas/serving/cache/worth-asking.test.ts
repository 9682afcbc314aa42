import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf } from '#domain/registry/canonical.ts';
import { AskingRule, worthAsking } from '../../../../lambdas/serving/cache/worth-asking.ts';

const A = hashOf('a');
const B = hashOf('b');
/** 0 in the first eight digits, so that it is one of those always asked. */
const EXPLORED = '0'.repeat(64);
const OTHER = `00000001${'0'.repeat(56)}`;

const times = (count: number, act: () => void): void => {
  for (let i = 0; i < count; i++) act();
};

describe('worthAsking', () => {
  it('weighs what hits save against what lookups and the writes of misses take', () => {
    const prospect = { hitRate: 0.5, modelMs: 4, lookupMs: 1, writeMs: 1.9 };
    expect(worthAsking(prospect)).toBe(true);
    expect(worthAsking({ ...prospect, writeMs: 2.1 })).toBe(false);
    expect(worthAsking({ ...prospect, hitRate: 0.4 })).toBe(false);
    expect(worthAsking({ ...prospect, modelMs: 3.8 })).toBe(false);
  });

  it('is so for a model that takes for ever, unless nothing is ever found', () => {
    const prospect = { modelMs: Number.POSITIVE_INFINITY, lookupMs: 20, writeMs: 20 };
    expect(worthAsking({ ...prospect, hitRate: 0.01 })).toBe(true);
    expect(worthAsking({ ...prospect, hitRate: 0 })).toBe(false);
  });

  it('never stops being so when hits grow more frequent or models slower', () => {
    const ms = fc.double({ min: 0, max: 1e4, noNaN: true });
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(rate, rate, ms, ms, ms, (one, two, modelMs, lookupMs, writeMs) => {
        const [low, high] = one < two ? [one, two] : [two, one];
        const at = (hitRate: number, slower = 0) =>
          worthAsking({ hitRate, modelMs: modelMs + slower, lookupMs, writeMs });
        if (at(low)) expect(at(high) && at(low, 1)).toBe(true);
      }),
    );
  });
});

describe('AskingRule', () => {
  it('asks while it knows nothing', () => {
    expect(new AskingRule().asks(A, OTHER)).toBe(true);
  });

  it('does not ask for models that answer as fast, and asks for the others', () => {
    const rule = new AskingRule();
    rule.lookedUp(A, OTHER, true, 0.5);
    rule.modelTook(A, 0.4);
    rule.modelTook(B, 40);
    expect([rule.asks(A, OTHER), rule.asks(B, OTHER)]).toEqual([false, true]);
  });

  it('stops for a store that grew slow, timeouts counted', () => {
    const rule = new AskingRule();
    times(8, () => rule.modelTook(A, 5));
    times(64, () => rule.lookedUp(A, OTHER, true, 0.5));
    expect(rule.asks(A, OTHER)).toBe(true);
    times(64, () => rule.lookupTook(20));
    expect(rule.asks(A, OTHER)).toBe(false);
  });

  it('judges by explored questions alone, which it always asks', () => {
    const rule = new AskingRule();
    rule.modelTook(A, 5);
    times(15, () => rule.lookedUp(A, EXPLORED, false, 0.5));
    times(64, () => rule.lookedUp(A, OTHER, false, 0.5));
    expect(rule.asks(A, OTHER)).toBe(true);
    rule.lookedUp(A, EXPLORED, false, 0.5);
    expect([rule.asks(A, OTHER), rule.asks(A, EXPLORED)]).toEqual([false, true]);
  });

  it('switches on again when explored questions begin to be found', () => {
    const rule = new AskingRule();
    rule.modelTook(A, 5);
    rule.writeTook(0.5);
    times(64, () => rule.lookedUp(A, EXPLORED, false, 0.5));
    expect(rule.asks(A, OTHER)).toBe(false);
    times(16, () => rule.lookedUp(A, EXPLORED, true, 0.5));
    expect(rule.asks(A, OTHER)).toBe(true);
  });

  it('explores about one question in a hundred', () => {
    const rule = new AskingRule();
    rule.lookupTook(1);
    rule.modelTook(A, 0.1);
    const keys = Array.from({ length: 10_000 }, (_, i) => hashOf(`question ${i}`));
    const asked = keys.filter((key) => rule.asks(A, key)).length;
    expect(asked).toBeGreaterThan(60);
    expect(asked).toBeLessThan(150);
  });
});
