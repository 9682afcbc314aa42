import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import type { Told } from '../../../../lambdas/serving/ask-model.ts';
import { versionRecord } from '../../../support/sample-release.ts';
import {
  answered,
  HOUR_MS,
  MemoryCounters,
  PROFILE,
  processOver,
  profile,
  START,
  version,
} from './world.ts';

const MINUTE = 60_000;
const failed = (kind: 'timeout' | 'threw', unasked?: true): Told => ({
  kind: 'failed',
  version,
  failure: { kind, reason: 'r', ...(unasked && { unasked }) },
});
const rowsIn = (counts: Float64Array | undefined) => counts?.reduce((sum, one) => sum + one, 0);

afterEach(() => {
  vi.useRealTimers();
});

describe('what is counted', () => {
  it('is each answer with its rows, its time and what it holds', async () => {
    const { capture, counters, tell } = processOver();
    tell(answered(2, { ms: 7 }));
    await capture.flushed();
    const seen = counters.seen();
    expect(seen).toMatchObject({
      ...{ profile: PROFILE, requests: 1, rows: 2, counted: 2, cached: 0, failures: {} },
      latency: [[bucketOf(7), 1]],
    });
    expect(seen.features.map(({ counts }) => rowsIn(counts))).toEqual([2, 2]);
    expect(rowsIn(seen.answers?.counts)).toBe(2);
  });

  it('is an answer from the cache too, without a time', async () => {
    const { capture, counters, tell } = processOver();
    tell(answered(1, { cached: true }));
    await capture.flushed();
    expect(counters.seen()).toMatchObject({ requests: 1, cached: 1, counted: 1, latency: [] });
  });

  it('is what failed by kind; of what the request is to blame for, or nobody was asked, nothing', async () => {
    const { capture, counters, tell } = processOver();
    tell(failed('timeout'));
    tell(failed('timeout'));
    tell(failed('threw'));
    tell({ kind: 'refused', version, refusal: { kind: 'unservable', reason: 'r' } });
    tell(failed('threw', true));
    tell({ kind: 'misfit', version, problems: [] });
    await capture.flushed();
    expect(counters.seen()).toMatchObject({
      ...{ requests: 4, rows: 0, failures: { timeout: 2, threw: 1, refused: 1 } },
    });
  });

  it('is what a version could not answer, in time or at all', async () => {
    const { capture, counters, tell } = processOver();
    for (const kind of ['late', 'late', 'unavailable', 'internal'] as const)
      tell({ kind, version });
    await capture.flushed();
    expect(counters.seen()).toMatchObject({
      ...{ requests: 4, rows: 0, failures: { late: 2, unavailable: 1, internal: 1 } },
    });
  });

  it('is kept apart by version and by hour', async () => {
    const { capture, counters, tell, time } = processOver();
    const other = versionRecord({ version: '2.0.0', digest: PROFILE });
    tell(answered(1));
    tell(answered(2, { of: other }));
    time.now += HOUR_MS;
    tell(answered(4));
    await capture.flushed();
    expect(counters.seen().rows).toBe(1);
    expect(counters.seen(other).rows).toBe(2);
    expect(counters.seen(version, hourOf(START) + 1).rows).toBe(4);
  });

  it('is requests alone where the version has no profile', async () => {
    const { capture, counters, tell } = processOver(undefined, {
      readProfile: async () => undefined,
    });
    tell(answered(3));
    await capture.flushed();
    expect(counters.seen()).toMatchObject({ requests: 1, rows: 3, counted: 0, features: [] });
    expect(counters.puts[0]?.seen.profile).toBeNull();
  });
});

describe('of more than 256 versions', () => {
  const versions = Array.from({ length: 258 }, (_, i) =>
    versionRecord({ digest: hashOf(i), version: `1.0.${i}` }),
  );
  const [first, second, third] = versions as [VersionRecord, VersionRecord, VersionRecord];

  it('those are forgotten that are written, and begin again from nothing', async () => {
    const { capture, counters, tell, dropped } = processOver();
    for (const of of versions) tell(answered(1, { of }));
    await capture.flushed();
    expect(dropped).toEqual([]);
    for (const of of [first, second]) tell(answered(1, { of }));
    await capture.closed();
    for (const of of versions) {
      expect(counters.seen(of).rows).toBe(of === first || of === second ? 2 : 1);
    }
  });

  it('those are given up that were not used for longest, where none is written, and it is counted', async () => {
    const counters = new MemoryCounters();
    counters.fault = new Error('away');
    const { capture, tell, dropped } = processOver(counters);
    for (const of of versions) tell(answered(1, { of }));
    tell(answered(1, { of: first }));
    await capture.flushed();
    expect(dropped).toEqual([2]);
    counters.fault = undefined;
    await capture.closed();
    expect(counters.seen(first).rows).toBe(2);
    expect([second, third].map((of) => counters.seen(of).rows)).toEqual([0, 0]);
  });

  it('what ended is given up before what still grows', async () => {
    const counters = new MemoryCounters();
    counters.fault = new Error('away');
    const { capture, tell, time, dropped } = processOver(counters);
    for (const of of versions.slice(2)) tell(answered(1, { of }));
    time.now += HOUR_MS;
    for (const of of [first, second]) tell(answered(1, { of }));
    await capture.flushed();
    expect(dropped).toEqual([2]);
    counters.fault = undefined;
    await capture.closed();
    const nextHour = hourOf(START) + 1;
    expect([first, second].map((of) => counters.seen(of, nextHour).rows)).toEqual([1, 1]);
  });
});

describe('when it is written', () => {
  it('is at once for the first request, then after a minute', async () => {
    const { capture, counters, tell, time } = processOver();
    const written = async (after: number) => {
      time.now += after;
      tell(answered());
      await capture.flushed();
      return counters.puts.length;
    };
    expect(await written(0)).toBe(1);
    expect(await written(MINUTE - 1)).toBe(1);
    expect(await written(1)).toBe(2);
    expect(await written(MINUTE - 1)).toBe(2);
    expect(counters.seen().requests).toBe(3);
  });

  it('is before that once 1,000 rows came, five seconds after the last time', async () => {
    const { capture, counters, tell, time } = processOver();
    const ask = async (rows: number, after: number) => {
      time.now += after;
      tell(answered(rows));
      await capture.flushed();
    };
    await ask(1, 0);
    await ask(600, 5_000);
    await ask(399, 0);
    await ask(1, 0);
    await ask(5_000, 4_999);
    await ask(1, 1);
    expect(counters.puts.map(({ seen }) => seen.rows)).toEqual([1, 1_001, 6_002]);
  });

  it('is four states a request, of versions that waited longest', async () => {
    const { capture, counters, tell, time } = processOver();
    const versions = Array.from({ length: 6 }, (_, i) =>
      versionRecord({ digest: hashOf(i), version: `1.0.${i}` }),
    );
    const flush = async () => {
      counters.puts.length = 0;
      await capture.flushed();
      return counters.puts.map(({ digest }) => versions.findIndex((of) => of.digest === digest));
    };
    for (const of of versions) tell(answered(1, { of }));
    expect(await flush()).toEqual([0, 1, 2, 3]);
    time.now += 1;
    expect(await flush()).toEqual([4, 5]);
    time.now += MINUTE;
    for (const of of versions.toReversed()) tell(answered(1, { of }));
    expect((await flush()).toSorted()).toEqual([0, 1, 2, 3]);
    expect((await flush()).toSorted()).toEqual([4, 5]);
    expect(await flush()).toEqual([]);
  });

  it('is not while nothing came', async () => {
    const { capture, counters, tell, time } = processOver();
    tell(answered());
    await capture.flushed();
    time.now += 10 * MINUTE;
    await capture.flushed();
    expect(counters.puts).toHaveLength(1);
  });

  it('is with the first request of the next hour, what the last one left', async () => {
    const { capture, counters, tell, time } = processOver();
    time.now = START + HOUR_MS - 1;
    tell(answered(1));
    await capture.flushed();
    tell(answered(2));
    time.now += 1;
    tell(answered(4));
    await capture.flushed();
    expect(counters.seen().rows).toBe(3);
    expect(counters.seen(version, hourOf(START) + 1).rows).toBe(4);
    time.now += MINUTE;
    await capture.flushed();
    expect(counters.puts).toHaveLength(3);
  });

  it('is all of it when the process is told to end', async () => {
    const { capture, counters, tell, time } = processOver();
    capture.invoked();
    tell(answered());
    await capture.flushed();
    time.now += 1;
    capture.invoked();
    tell(answered());
    tell(answered(1, { of: versionRecord({ version: '2.0.0', digest: PROFILE }) }));
    await capture.closed();
    expect(counters.seen().requests).toBe(2);
    expect(counters.puts).toHaveLength(3);
    expect(counters.invocations()).toBe(2);
  });
});

describe('a table that is away', () => {
  it('delays an answer by a quarter of a second, and fails none', async () => {
    vi.useFakeTimers();
    const { capture, counters, tell, time } = processOver();
    tell(answered());
    await capture.flushed();
    counters.until = new Promise(() => {});
    time.now += MINUTE;
    tell(answered());
    let done = false;
    const flushed = capture.flushed().then(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(249);
    expect(done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await flushed;
    expect(done).toBe(true);
  });

  it('gets what it missed with the next state, five seconds later at the earliest', async () => {
    const { capture, counters, tell, time } = processOver();
    counters.fault = new Error('throttled');
    tell(answered(1_000));
    await capture.flushed();
    tell(answered(1));
    time.now += 4_999;
    await capture.flushed();
    expect(counters.puts).toHaveLength(1);
    counters.fault = undefined;
    time.now += 1;
    await capture.flushed();
    expect(counters.seen()).toMatchObject({ requests: 2, rows: 1_001 });
  });

  it('gets the last state of an hour a second later at the earliest', async () => {
    const { capture, counters, tell, time } = processOver();
    counters.fault = new Error('throttled');
    tell(answered(1));
    time.now += HOUR_MS;
    await capture.flushed();
    time.now += 999;
    await capture.flushed();
    expect(counters.puts).toHaveLength(1);
    counters.fault = undefined;
    time.now += 1;
    await capture.flushed();
    expect(counters.seen()).toMatchObject({ requests: 1 });
  });

  it('has a write that never ended given up after ten seconds, which changes nothing when it does end', async () => {
    vi.useFakeTimers();
    const { capture, counters, tell, time } = processOver();
    let end = () => {};
    counters.until = new Promise((resolve) => {
      end = resolve;
    });
    const flush = async () => {
      const flushed = capture.flushed();
      await vi.advanceTimersByTimeAsync(250);
      await flushed;
    };
    tell(answered());
    await flush();
    time.now += 9_999;
    tell(answered());
    await flush();
    expect(counters.puts).toHaveLength(1);
    time.now += 1;
    counters.until = Promise.resolve();
    await flush();
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(counters.seen().requests).toBe(2);
  });
});

describe('a write that never ends', () => {
  it('is given up though nothing came since, so that its hour is written and forgotten', async () => {
    vi.useFakeTimers();
    const { capture, counters, tell, time } = processOver();
    counters.until = new Promise(() => {});
    const flush = async () => {
      const flushed = capture.flushed();
      await vi.advanceTimersByTimeAsync(250);
      await flushed;
    };
    tell(answered());
    await flush();
    counters.until = Promise.resolve();
    time.now += 9_999;
    await flush();
    expect(counters.puts).toHaveLength(1);
    time.now += 1;
    await flush();
    expect(counters.seen().requests).toBe(1);
    time.now += MINUTE;
    await flush();
    expect(counters.puts).toHaveLength(2);
  });
});

describe('a profile', () => {
  const reading = () => {
    let read = (_: { profile: typeof profile; sha256: typeof PROFILE }) => {};
    let fail = (_: Error) => {};
    let reads = 0;
    const readProfile = () => {
      reads += 1;
      return new Promise<{ profile: typeof profile; sha256: typeof PROFILE }>((resolve, reject) => {
        read = resolve;
        fail = reject;
      });
    };
    return {
      readProfile,
      read: () => read({ profile, sha256: PROFILE }),
      fail: () => fail(new Error('away')),
      reads: () => reads,
    };
  };
  const flush = async (capture: { flushed(): Promise<void> }) => {
    const flushed = capture.flushed();
    await vi.advanceTimersByTimeAsync(250);
    await flushed;
  };

  it('that comes late counts the rows that came before it, up to 256', async () => {
    vi.useFakeTimers();
    const { readProfile, read } = reading();
    const { capture, counters, tell, time } = processOver(undefined, { readProfile });
    tell(answered(200));
    await flush(capture);
    expect(counters.seen()).toMatchObject({ rows: 200, counted: 0 });
    tell(answered(56));
    tell(answered(1));
    read();
    await vi.advanceTimersByTimeAsync(0);
    tell(answered(10));
    time.now += MINUTE;
    await flush(capture);
    expect(counters.seen()).toMatchObject({ requests: 4, rows: 267, counted: 266 });
  });

  it('that comes after the hour counts its rows in their hour', async () => {
    vi.useFakeTimers();
    const { readProfile, read } = reading();
    const { capture, counters, tell, time } = processOver(undefined, { readProfile });
    time.now += HOUR_MS - 1;
    tell(answered(3));
    await flush(capture);
    time.now += 1;
    await flush(capture);
    read();
    await vi.advanceTimersByTimeAsync(0);
    await flush(capture);
    expect(counters.seen()).toMatchObject({ rows: 3, counted: 3 });
  });

  it('that cannot be read is read again after a minute, once for all requests', async () => {
    vi.useFakeTimers();
    const { readProfile, fail, read, reads } = reading();
    const { capture, counters, tell, time } = processOver(undefined, { readProfile });
    tell(answered());
    tell(answered());
    fail();
    await flush(capture);
    time.now += MINUTE - 1;
    tell(answered());
    expect(reads()).toBe(1);
    time.now += 1;
    tell(answered());
    expect(reads()).toBe(2);
    read();
    await flush(capture);
    expect(counters.seen()).toMatchObject({ requests: 4, counted: 1 });
  });

  it('is read again after an hour, and counts on until it is there anew', async () => {
    vi.useFakeTimers();
    const { readProfile, read, fail, reads } = reading();
    const { capture, counters, tell, time } = processOver(undefined, { readProfile });
    tell(answered());
    read();
    await flush(capture);
    time.now += HOUR_MS - 1;
    tell(answered());
    expect(reads()).toBe(1);
    time.now += 1;
    tell(answered(2));
    expect(reads()).toBe(2);
    await flush(capture);
    expect(counters.seen(version, hourOf(time.now))).toMatchObject({ counted: 2 });
    fail();
    await vi.advanceTimersByTimeAsync(0);
    time.now += MINUTE - 1;
    tell(answered(4));
    expect(reads()).toBe(2);
    time.now += 1;
    tell(answered(8));
    expect(reads()).toBe(3);
    await flush(capture);
    expect(counters.seen(version, hourOf(time.now))).toMatchObject({ counted: 14 });
  });

  it('whose read never ends is given up', async () => {
    vi.useFakeTimers();
    const { readProfile, reads } = reading();
    const { capture, tell, time } = processOver(undefined, { readProfile });
    tell(answered());
    await flush(capture);
    time.now += 2 * MINUTE;
    await flush(capture);
    tell(answered());
    expect(reads()).toBe(2);
  });
});

describe('invocations', () => {
  it('are counted by the hour, whatever they asked for, and written as counts are', async () => {
    const { capture, counters, time } = processOver();
    capture.invoked();
    await capture.flushed();
    capture.invoked();
    await capture.flushed();
    expect(counters.invocations()).toBe(1);
    time.now += MINUTE;
    capture.invoked();
    await capture.flushed();
    expect(counters.invocations()).toBe(3);
    capture.invoked();
    time.now += HOUR_MS;
    capture.invoked();
    await capture.flushed();
    expect(counters.invocations()).toBe(4);
    expect(counters.invocations(hourOf(START) + 1)).toBe(1);
  });
});

/** What one process does next. */
const step = fc.record({
  process: fc.nat(3),
  rows: fc.integer({ min: 1, max: 400 }),
  afterMs: fc.constantFrom(0, 10_000, 30_000, 60_000),
  write: fc.constantFrom('kept', 'kept', 'lost', 'late', 'repeated'),
});

describe('however requests are split over processes, and writes repeated, lost or late', () => {
  it('the sum is what the processes had counted when they last wrote', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const table = new MemoryCounters();
        const late: Parameters<MemoryCounters['keep']>[0][] = [];
        const processes = Array.from({ length: 4 }, () => {
          const carried = { counted: 0, written: 0 };
          const own = new MemoryCounters();
          return { own, carried, ...processOver(own) };
        });
        for (const { capture } of processes) {
          capture.expect(version);
          await capture.flushed();
        }
        for (const { process, rows, afterMs, write } of steps) {
          const one = processes[process];
          if (!one) continue;
          one.time.now += afterMs;
          one.tell(answered(rows));
          one.carried.counted += rows;
          one.own.fault = write === 'lost' ? new Error('lost') : undefined;
          const before = one.own.puts.length;
          await one.capture.flushed();
          const [state] = one.own.puts.slice(before);
          if (!state || write === 'lost') continue;
          if (write === 'late') late.push(state);
          else {
            table.keep(state);
            if (write === 'repeated') table.keep(state);
            one.carried.written = one.carried.counted;
          }
        }
        const sum = processes.reduce((total, { carried }) => total + carried.written, 0);
        expect(table.seen().rows).toBe(sum);
        expect(table.seen().counted).toBe(sum);
        for (const state of late) table.keep(state);
        expect(table.seen().rows).toBeGreaterThanOrEqual(sum);
        for (const { capture, own } of processes) {
          own.fault = undefined;
          await capture.closed();
          for (const state of own.items.values()) table.keep(state);
        }
        const all = steps.reduce((total, { rows }) => total + rows, 0);
        expect(table.seen()).toMatchObject({ requests: steps.length, rows: all, counted: all });
      }),
    );
  });

  it('a crash loses what came in the minute after the last write: fewer than 1,000 rows, or those of five seconds', async () => {
    const arrivals = fc.array(
      fc.record({
        rows: fc.integer({ min: 1, max: 300 }),
        afterMs: fc.oneof(fc.nat(20_000), fc.nat(500)),
      }),
      { minLength: 1, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (requests) => {
        const { capture, counters, tell, time } = processOver();
        const came: { at: number; rows: number }[] = [];
        let writtenAt = START;
        for (const { rows, afterMs } of requests) {
          time.now += afterMs;
          tell(answered(rows));
          came.push({ at: time.now, rows });
          await capture.flushed();
          // Here the process may end.
          const all = came.reduce((sum, one) => sum + one.rows, 0);
          const lost = all - counters.seen().rows;
          if (lost === 0) writtenAt = time.now;
          else expect(time.now - writtenAt).toBeLessThan(lost < 1_000 ? MINUTE : 5_000);
        }
      }),
    );
  });
});
