import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLoad } from '#domain/gates/load/judge.ts';
import type { LoadMeasurement, LoadSample } from '#domain/gates/load/measurement.ts';
import { DEFAULT_LOAD_POLICY, type LoadPolicy } from '#domain/gates/load/policy.ts';
import { worst } from '#domain/gates/verdict.ts';

/** `n` requests, one every 10 ms; `change` says what is special about the i-th. */
const measured = (
  n: number,
  change: (i: number) => Partial<LoadSample> = () => ({}),
  fields: Partial<LoadMeasurement> = {},
): LoadMeasurement => ({
  samples: Array.from({ length: n }, (_, i) => ({ atMs: 10 * i + 5, latencyMs: 20, ...change(i) })),
  elapsedMs: 10 * n,
  answersExpected: true,
  unsent: 0,
  ...fields,
});

const judge = (measurement: LoadMeasurement, policy: Partial<LoadPolicy> = {}) =>
  judgeLoad(measurement, { ...DEFAULT_LOAD_POLICY, ...policy });
const check = (id: string, ...args: Parameters<typeof judge>) => {
  const found = judge(...args).find((candidate) => candidate.id === `load.${id}`);
  if (!found) throw new Error(`no check load.${id}`);
  return found;
};
const failing = (count: number) => (i: number) =>
  i < count ? { failure: 'status 500: model-failed' } : {};
const taking = (latencyMs: number) => () => ({ latencyMs });

it('passes a model that answers quickly and rightly, on every count', () => {
  expect(judge(measured(300)).map(({ id, verdict }) => [id, verdict])).toEqual([
    ['load.error-rate', 'pass'],
    ['load.latency', 'pass'],
    ['load.throughput', 'pass'],
    ['load.answers', 'pass'],
  ]);
});

it('is inconclusive without a single answer, and says when that was for want of room', () => {
  expect(judge(measured(0))).toMatchObject([{ id: 'load.requests', verdict: 'inconclusive' }]);
  const [unsent] = judge(measured(0, undefined, { unsent: 7, unsentReason: 'TooManyRequests' }));
  expect(unsent?.message).toContain('7 were not even taken (TooManyRequests)');
  expect(unsent?.message).toContain('raise inference.stagingConcurrency');
});

describe('the error rate', () => {
  // Wilson's interval of 19 in 300 ends at 9.7 %, of 20 at 10.07 %; that of 40 starts at 9.9 %, of 41 at 10.2 %.
  it.each([
    ['far below', 0, 'pass'],
    ['as high as its interval allows', 19, 'pass'],
    ['with the limit in its interval', 20, 'inconclusive'],
    ['exactly at the limit', 30, 'inconclusive'],
    ['with the limit just in its interval', 40, 'inconclusive'],
    ['surely above', 41, 'fail'],
    ['total', 300, 'fail'],
  ])('%s: %i of 300 at a limit of 10 %%', (_, failures, verdict) => {
    expect(check('error-rate', measured(300, failing(failures)))).toMatchObject({
      verdict,
      threshold: 0.1,
      observed: { rate: failures / 300 },
    });
  });

  it('cannot be told from few requests, though none of them failed', () => {
    expect(check('error-rate', measured(34)).verdict).toBe('inconclusive');
    expect(check('error-rate', measured(35)).verdict).toBe('pass');
  });

  it('of 0 is a limit on what was seen', () => {
    const policy = { errorRateMax: 0 };
    expect(check('error-rate', measured(300), policy).verdict).toBe('pass');
    expect(check('error-rate', measured(300, failing(1)), policy).verdict).toBe('fail');
  });

  it('names what failed most often', () => {
    const kinds = (i: number) => ({ failure: i % 3 ? 'status 503: unservable' : 'crashed' });
    expect(check('error-rate', measured(300, kinds)).message).toContain(
      'most often, 200 times: status 503: unservable',
    );
  });
});

describe('the latency', () => {
  it.each([
    [500, 'pass', 'is at most 500 ms'],
    [500.5, 'pass', 'warning: '],
    [1000, 'pass', 'warning: '],
    [1000.5, 'fail', 'is above the limit of 1000 ms; simplify'],
  ] as const)('of %d ms at limits of 500 and 1000: %s', (latencyMs, verdict, says) => {
    const found = check('latency', measured(300, taking(latencyMs)));
    expect(found).toMatchObject({ verdict, threshold: 1000, observed: { p95Ms: latencyMs } });
    expect(found.message).toContain(says);
  });

  it('is inconclusive where noise may have put its percentile on either side', () => {
    // Ranks 277 to 293 of 300 bound the percentile: 8 slow ones are too few, 24 are enough.
    const slow = (count: number) => (i: number) => ({ latencyMs: i < count ? 2000 : 20 });
    const verdicts = [7, 8, 23, 24].map((n) => check('latency', measured(300, slow(n))).verdict);
    expect(verdicts).toEqual(['pass', 'inconclusive', 'inconclusive', 'fail']);
  });

  it('is inconclusive from fewer than 72 requests, unless they are too slow already', () => {
    expect(check('latency', measured(71)).verdict).toBe('inconclusive');
    expect(check('latency', measured(72)).verdict).toBe('pass');
    expect(check('latency', measured(71, taking(2000))).verdict).toBe('fail');
  });

  it('counts requests that failed: whoever sent them waited, too', () => {
    const timeouts = (i: number) => (i < 30 ? { failure: 'late', latencyMs: 25_000 } : {});
    expect(check('latency', measured(300, timeouts)).verdict).toBe('fail');
  });
});

describe('the throughput', () => {
  // One answer every 10 ms: 100 a second in each slice.
  it.each([
    [0, 'pass'],
    [99, 'pass'],
    [100, 'pass'],
    [101, 'fail'],
  ])('of 100 a second where %d are asked for: %s', (throughputMin, verdict) => {
    const found = check('throughput', measured(300), { throughputMin });
    expect(found).toMatchObject({ verdict, threshold: throughputMin });
  });

  it('is inconclusive where it comes and goes', () => {
    const even = measured(300);
    const jittered = (i: number) => ({ atMs: Math.max(0, 10 * i + 5 - (i % 50)) });
    expect(check('throughput', even, { throughputMin: 100 }).verdict).toBe('pass');
    expect(check('throughput', measured(300, jittered), { throughputMin: 100 }).verdict).toBe(
      'inconclusive',
    );
  });

  it('counts good answers alone', () => {
    const half = (i: number) => (i % 2 ? { failure: 'crashed' } : {});
    expect(check('throughput', measured(300, half), { throughputMin: 100 }).verdict).toBe('fail');
  });
});

describe('the answers', () => {
  it('are wrong if one of them is, and the first difference is named', () => {
    const odd = (i: number) => (i === 17 ? { difference: 'case a: output p[0]: got 1' } : {});
    const found = check('answers', measured(300, odd));
    expect(found).toMatchObject({ verdict: 'fail', observed: { compared: 300, different: 1 } });
    expect(found.message).toContain('1 of 300 answers are not as expected: case a: output p[0]');
  });

  it('are inconclusive where none came, and not applicable where none are expected', () => {
    expect(check('answers', measured(300, failing(300))).verdict).toBe('inconclusive');
    const rows = check('answers', measured(300, undefined, { answersExpected: false }));
    expect(rows).toMatchObject({ verdict: 'pass', message: expect.stringContaining('not applic') });
  });
});

it('never judges better for one more failure, or for a slower answer', () => {
  const rank = (measurement: LoadMeasurement) =>
    ['pass', 'inconclusive', 'error', 'fail'].indexOf(
      worst(judge(measurement).map(({ verdict }) => verdict)),
    );
  fc.assert(
    fc.property(
      fc.integer({ min: 72, max: 400 }),
      fc.nat({ max: 60 }),
      fc.nat({ max: 60 }),
      (n, failures, slow) => {
        const at = (f: number, s: number) =>
          measured(n, (i) => ({ ...failing(f)(i), latencyMs: i < s ? 1500 : 20 }));
        const before = rank(at(failures, slow));
        expect(rank(at(failures + 1, slow))).toBeGreaterThanOrEqual(before);
        expect(rank(at(failures, slow + 1))).toBeGreaterThanOrEqual(before);
      },
    ),
  );
});
