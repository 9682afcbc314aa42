import { describe, expect, it } from 'vitest';
import {
  exposuresOf,
  judgeResidual,
  watchAgain,
  watchFrom,
} from '#domain/rollout/residual-traffic.ts';
import { NO_TRAFFIC, type Traffic } from '#domain/rollout/traffic.ts';

const arms = [
  { trial: 'candidate', arm: 'candidate' },
  { trial: 'colour', arm: 'bold' },
];
const counted = (candidate: number, stable: number, bold = 0): Traffic => ({
  candidate: {
    candidate: { ...NO_TRAFFIC, assigned: candidate, exposures: candidate },
    stable: { ...NO_TRAFFIC, assigned: stable, exposures: stable },
  },
  colour: { bold: { ...NO_TRAFFIC, assigned: bold, exposures: bold } },
});

it('counts a version under all of its arms, and under no other', () => {
  expect(exposuresOf(counted(3, 1000, 4), arms)).toBe(7);
  expect(exposuresOf({}, arms)).toBe(0);
  expect(exposuresOf(counted(3, 1000, 4), [])).toBe(0);
});

describe('what a watch begins with', () => {
  const at = '2026-01-01T00:01:00.000Z';

  it('is what was counted by then, and how much there was to answer', () => {
    const traffic = { traffic: counted(30, 900), last: counted(10, 90), lastSeconds: 50 };
    expect(watchFrom({ arms }, traffic, at)).toEqual({
      ...{ at, exposures: 30, perSecond: 2 },
      number: 1,
    });
  });

  it('is no infinite rate for a generation that lasted no time', () => {
    const traffic = { traffic: counted(1, 1), last: counted(1, 1), lastSeconds: 0 };
    expect(watchFrom({ arms }, traffic, at).perSecond).toBe(2);
  });
});

it('another watch begins with what is counted by then, at the rate of before the kill', () => {
  const first = { at: 'then', exposures: 30, perSecond: 100, number: 1 };
  expect(watchAgain(first, { arms }, { traffic: counted(37, 900) }, 'now')).toEqual({
    ...{ at: 'now', exposures: 37, perSecond: 100 },
    number: 2,
  });
});

describe('the residual share', () => {
  const watch = { at: '', exposures: 30, perSecond: 100, number: 1 };
  const judge = (candidate: number, changes: object = {}, seconds = 60) => {
    const now = { traffic: counted(candidate, 900), seconds };
    return judgeResidual({ arms }, { ...watch, ...changes }, now, 0.001);
  };

  it.each([
    [30, 'pass', 0],
    [36, 'pass', 0.001],
    [37, 'fail', 7 / 6000],
    [630, 'fail', 0.1],
  ])('of %d answers is a %s', (candidate, verdict, observed) => {
    expect(judge(candidate)).toMatchObject({ verdict, observed, threshold: 0.001 });
  });

  it('of anything at all is too much where nothing was asked before', () => {
    expect(judge(31, { perSecond: 0 })).toMatchObject({ verdict: 'fail', observed: 1 });
    expect(judge(30, { perSecond: 0 })).toMatchObject({ verdict: 'pass', observed: 0 });
  });

  it('is never more than all, however few there were before', () => {
    expect(judge(10_000, { perSecond: 0.01 }).observed).toBe(1);
  });

  it('is none where what was counted is gone', () => {
    expect(judge(10)).toMatchObject({ verdict: 'pass', observed: 0 });
  });

  it('says so where a version was on no trial', () => {
    const check = judgeResidual({ arms: [] }, watch, { traffic: counted(99, 9), seconds: 60 }, 0);
    expect(check).toMatchObject({
      verdict: 'pass',
      message: expect.stringContaining('not applicable'),
    });
    expect(check).not.toHaveProperty('observed');
  });
});
