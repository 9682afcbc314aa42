import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessTraffic } from '#aws/traffic-counters.ts';
import { bucketOf } from '#domain/rollout/histogram.ts';
import { type ArmTraffic, NO_TRAFFIC, sumTraffic, type Traffic } from '#domain/rollout/traffic.ts';
import { type Place, TrafficRecorder } from '../../../../lambdas/serving/traffic/recorder.ts';

/** Counters as the table keeps them: of each process its latest state. */
class MemoryCounters {
  readonly puts: ProcessTraffic[] = [];
  readonly items = new Map<string, ProcessTraffic>();
  fault: Error | undefined;
  /** Puts wait for it. */
  until: Promise<void> = Promise.resolve();

  async put(counted: ProcessTraffic): Promise<void> {
    this.puts.push(structuredClone(counted));
    await this.until;
    if (this.fault) throw this.fault;
    const key = `${counted.generation}/${counted.process}`;
    if ((this.items.get(key)?.seq ?? 0) < counted.seq)
      this.items.set(key, structuredClone(counted));
  }

  /** What was counted of units, without who they were. */
  of(generation: number): Traffic {
    return Object.fromEntries(
      Object.entries(this.all(generation)).map(([trial, arms]) => [
        trial,
        Object.fromEntries(Object.entries(arms).map(([name, { users: _, ...arm }]) => [name, arm])),
      ]),
    );
  }

  all(generation: number): Traffic {
    const items = [...this.items.values()].filter((item) => item.generation === generation);
    return sumTraffic(items.map(({ traffic }) => traffic));
  }
}

const SLICE = 60_000;

const world = (options = {}) => {
  const counters = new MemoryCounters();
  const time = { now: 1_000 * SLICE };
  const ids = Array.from({ length: 2_000 }, (_, i) => `p${i}`).values();
  const newId = () => String(ids.next().value);
  const recorder = new TrafficRecorder(counters, () => time.now, { newId, ...options });
  return { counters, recorder, time };
};

const place = (more: Partial<Place> = {}): Place => ({
  tenant: 'acme',
  model: 'risk',
  generation: 3,
  trial: 'candidate/0123456789abcdef',
  arm: 'candidate',
  unit: 'ann',
  by: 'user',
  ...more,
});
const arm = (more: Partial<ArmTraffic>): ArmTraffic => ({ ...NO_TRAFFIC, ...more });
const timed = (ms: number, count = 1) => [[bucketOf(ms), count] as [number, number]];

describe('counting requests without a user', () => {
  it('counts each', async () => {
    const { counters, recorder } = world();
    const at = place({ by: 'request', unit: 'same' });
    for (const ms of [5, 5, undefined]) {
      expect(recorder.assigned(at)).toBe(true);
      recorder.answered(at, ms);
    }
    recorder.assigned(at);
    recorder.failed(at, 'timeout');
    await recorder.flushed();
    expect(counters.of(3)).toEqual({
      candidate: {
        candidate: arm({
          ...{ assigned: 4, exposures: 4, failures: 1, kinds: { timeout: 1 } },
          latency: timed(5, 2),
        }),
      },
    });
  });
});

describe('counting users', () => {
  it('counts one once as assigned, exposed and timed', async () => {
    const { counters, recorder } = world();
    expect(recorder.assigned(place())).toBe(true);
    recorder.answered(place(), 5);
    expect(recorder.assigned(place())).toBe(false);
    recorder.answered(place(), 50);
    await recorder.flushed();
    expect(counters.of(3)).toEqual({
      candidate: { candidate: arm({ assigned: 1, exposures: 1, latency: timed(5) }) },
    });
  });

  it('takes the first latency that says something', async () => {
    const { counters, recorder } = world();
    recorder.answered(place(), undefined);
    recorder.answered(place(), 7);
    await recorder.flushed();
    expect(counters.of(3).candidate?.candidate?.latency).toEqual(timed(7));
  });

  it('exposes one again in each minute until the first failure, which counts among exposures', async () => {
    const { counters, recorder, time } = world();
    recorder.answered(place(), 5);
    time.now += SLICE;
    recorder.answered(place(), 5);
    recorder.failed(place(), 'crashed');
    recorder.failed(place(), 'timeout');
    time.now += SLICE;
    recorder.failed(place(), 'threw');
    recorder.answered(place(), 5);
    await recorder.flushed();
    expect(counters.of(3).candidate?.candidate).toEqual(
      arm({ exposures: 2, failures: 1, kinds: { crashed: 1 }, latency: timed(5) }),
    );
  });

  it('counts the users of a step anew in the next, but no failure twice, even in the other arm', async () => {
    const { counters, recorder, time } = world();
    for (const unit of ['ann', 'bob']) recorder.assigned(place({ arm: 'stable', unit }));
    recorder.failed(place({ arm: 'stable' }), 'threw');
    time.now += SLICE;
    for (const unit of ['ann', 'bob']) {
      const at = place({ generation: 4, unit });
      expect(recorder.assigned(at)).toBe(true);
      recorder.answered(at, 5);
    }
    recorder.failed(place({ generation: 4 }), 'threw');
    await recorder.flushed();
    expect(counters.of(4)).toEqual({
      candidate: { candidate: arm({ assigned: 2, exposures: 1, latency: timed(5, 2) }) },
    });
  });

  it('compares both sides of a mirrored request, whichever failed and was told first', async () => {
    const { counters, recorder } = world();
    recorder.failed(place(), 'crashed');
    recorder.answered(place({ arm: 'stable' }), 5);
    await recorder.flushed();
    expect(counters.of(3)).toEqual({
      candidate: {
        candidate: arm({ exposures: 1, failures: 1, kinds: { crashed: 1 } }),
        stable: arm({ exposures: 1, latency: timed(5) }),
      },
    });
  });

  it('keeps tenants, models, trials and units apart', async () => {
    const { recorder } = world();
    for (const other of [
      {},
      { tenant: 'globex' },
      { model: 'churn' },
      { trial: 'checkout' },
      { trial: 'candidate/fedcba9876543210' },
      { unit: 'bob' },
    ]) {
      expect(recorder.assigned(place(other)), JSON.stringify(other)).toBe(true);
    }
  });

  it('remembers so many and no more', () => {
    const { recorder } = world({ maxUsers: 2 });
    for (const unit of ['ann', 'bob', 'cy']) recorder.assigned(place({ unit }));
    expect(recorder.assigned(place({ unit: 'cy' }))).toBe(false);
    expect(recorder.assigned(place({ unit: 'ann' }))).toBe(true);
  });

  it('never counts more failures than exposures', () => {
    const event = fc.record({
      unit: fc.constantFrom('ann', 'bob'),
      arm: fc.constantFrom('stable', 'candidate'),
      generation: fc.constantFrom(3, 4),
      by: fc.constantFrom('user' as const, 'request' as const),
      fails: fc.boolean(),
      pause: fc.constantFrom(0, 1_000, SLICE),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(event), async (events) => {
        const { counters, recorder, time } = world();
        for (const { fails, pause, ...at } of events) {
          time.now += pause;
          if (fails) recorder.failed(place(at), 'threw');
          else recorder.answered(place(at), 5);
        }
        time.now += 1_000;
        await recorder.flushed();
        for (const generation of [3, 4]) {
          for (const { exposures, failures } of Object.values(
            counters.of(generation).candidate ?? {},
          )) {
            expect(failures).toBeLessThanOrEqual(exposures);
          }
        }
      }),
    );
  });
});

describe('telling users apart in every process', () => {
  const request = fc.record({
    process: fc.nat({ max: 4 }),
    unit: fc.nat({ max: 12 }).map((n) => `user ${n}`),
    arm: fc.constantFrom('stable', 'candidate'),
    fails: fc.boolean(),
  });

  /** Who was sampled of either arm, with all that fail. */
  const samples = async (
    requests: readonly { process: number; unit: string; fails: boolean }[],
  ) => {
    const { counters, time } = world();
    const recorders = [0, 1, 2, 3, 4].map(
      (i) => new TrafficRecorder(counters, () => time.now, { newId: () => `q${i}`, maxUsers: 50 }),
    );
    for (const { process, fails, ...at } of requests) {
      const recorder = recorders[process] as TrafficRecorder;
      recorder.assigned(place(at));
      if (fails) recorder.failed(place(at), 'threw');
      else recorder.answered(place(at), 5);
    }
    await Promise.all(recorders.map((recorder) => recorder.flushed()));
    return Object.entries(counters.all(3).candidate ?? {})
      .map(([name, { users }]) => [name, users?.sample] as const)
      .sort(([a], [b]) => a.localeCompare(b));
  };

  it('shows the same users, however requests are shared out between processes', () => {
    // In one process a user's failure counts in the arm that it was first seen in.
    const faithful = fc.array(request).map((all) => {
      const arms = new Map<string, 'stable' | 'candidate'>();
      return all.map((one) => {
        const arm = arms.get(one.unit) ?? (one.arm as 'stable' | 'candidate');
        arms.set(one.unit, arm);
        return { ...one, arm };
      });
    });
    return fc.assert(
      fc.asyncProperty(faithful, async (requests) => {
        const alone = requests.map((one) => ({ ...one, process: 0 }));
        expect(await samples(requests)).toEqual(await samples(alone));
      }),
    );
  });

  it('says what of the counts is of users', async () => {
    const { counters, recorder } = world();
    for (const at of [place(), place({ by: 'request' })]) {
      recorder.assigned(at);
      recorder.failed(at, 'threw');
    }
    await recorder.flushed();
    expect(counters.all(3).candidate?.candidate).toMatchObject({
      ...{ assigned: 2, exposures: 2, failures: 2, kinds: { threw: 2 } },
      users: { assigned: 1, exposures: 1, failures: 1, kinds: { threw: 1 } },
    });
  });

  it('lets nothing of a unit without a key leave the process, but counts it', async () => {
    const { counters, recorder } = world();
    const at = place({ keyless: true });
    recorder.assigned(at);
    recorder.assigned(at);
    recorder.failed(at, 'threw');
    await recorder.flushed();
    expect(counters.all(3).candidate?.candidate).toEqual(
      arm({ assigned: 1, exposures: 1, failures: 1, kinds: { threw: 1 } }),
    );
  });

  it('holds so many that an item stays below 32 KB, and writes it the less often', async () => {
    const { counters, recorder, time } = world();
    for (let i = 0; i < 30_000; i++) {
      const at = place({ unit: `user ${i}`, arm: i % 10 === 0 ? 'candidate' : 'stable' });
      recorder.assigned(at);
      recorder.failed(at, 'threw');
      recorder.answered(at, 1 + (i % 2000));
    }
    await recorder.flushed();
    const item = counters.puts[0] as ProcessTraffic;
    expect(JSON.stringify(item).length).toBeLessThan(32 * 1024);
    const users = item.traffic.candidate?.stable?.users;
    expect(users?.failures).toBe(27_000);
    const { level = 0, hashes = '' } = users?.sample?.failed.threw ?? {};
    expect(((hashes.length / 8) * 2 ** level) / 27_000).toBeCloseTo(1, 0);
    recorder.assigned(place({ unit: 'one more' }));
    time.now += 3_999;
    await recorder.flushed();
    expect(counters.puts).toHaveLength(1);
    time.now += 4_001;
    await recorder.flushed();
    expect(counters.puts).toHaveLength(2);
  });
});

describe('writing', () => {
  const used = (recorder: TrafficRecorder, generation = 3) =>
    recorder.assigned(place({ by: 'request', generation }));

  it('writes at once, then once a second, all that was counted so far', async () => {
    const { counters, recorder, time } = world();
    used(recorder);
    await recorder.flushed();
    used(recorder);
    time.now += 999;
    await recorder.flushed();
    expect(counters.puts).toHaveLength(1);
    time.now += 1;
    await recorder.flushed();
    expect(counters.puts.map(({ process, seq }) => [process, seq])).toEqual([
      ['p0', 1],
      ['p0', 2],
    ]);
    expect(counters.of(3).candidate?.candidate?.assigned).toBe(2);
  });

  it('writes what is not due yet where the process ends', async () => {
    const { counters, recorder } = world();
    for (const unit of ['ann', 'bob']) {
      recorder.assigned(place({ unit }));
      await recorder.flushed();
    }
    expect(counters.puts).toHaveLength(1);
    await recorder.closed();
    await recorder.closed();
    expect(counters.puts).toHaveLength(2);
    expect(counters.of(3)).toEqual({ candidate: { candidate: arm({ assigned: 2 }) } });
  });

  it('writes nothing where nothing was counted since', async () => {
    const { counters, recorder, time } = world();
    await recorder.flushed();
    used(recorder);
    await recorder.flushed();
    time.now += 5_000;
    await recorder.flushed();
    expect(counters.puts).toHaveLength(1);
  });

  it('writes each generation by itself', async () => {
    const { counters, recorder } = world();
    used(recorder, 3);
    used(recorder, 4);
    await recorder.flushed();
    expect(counters.of(3)).toEqual(counters.of(4));
    expect(counters.puts).toHaveLength(2);
  });

  it('never rejects, and brings along what a failed write should have', async () => {
    const { counters, recorder, time } = world();
    counters.fault = new Error('throttled');
    used(recorder);
    await recorder.flushed();
    expect(counters.items.size).toBe(0);
    counters.fault = undefined;
    await recorder.flushed();
    expect(counters.puts).toHaveLength(1);
    time.now += 1_000;
    await recorder.flushed();
    expect(counters.of(3).candidate?.candidate?.assigned).toBe(1);
  });

  it('lets no answer wait long for a write, and gives one up that the freezer took', async () => {
    const { counters, recorder, time } = world();
    let release = () => {};
    counters.until = new Promise((resolve) => {
      release = resolve;
    });
    used(recorder);
    await recorder.flushed();
    used(recorder);
    time.now += 9_999;
    await recorder.flushed();
    expect(counters.puts).toHaveLength(1);
    counters.until = Promise.resolve();
    time.now += 1;
    await recorder.flushed();
    expect(counters.of(3).candidate?.candidate?.assigned).toBe(2);
    release();
    await counters.until;
    expect(counters.of(3).candidate?.candidate?.assigned).toBe(2);
  });

  it('forgets what was not used for ten minutes, and then counts under another id', async () => {
    const { counters, recorder, time } = world();
    used(recorder);
    await recorder.flushed();
    time.now += 600_000;
    await recorder.flushed();
    used(recorder);
    await recorder.flushed();
    expect(counters.puts.map(({ process, seq }) => [process, seq])).toEqual([
      ['p0', 1],
      ['p1', 1],
    ]);
    expect(counters.of(3).candidate?.candidate?.assigned).toBe(2);
  });

  it('keeps what is not written yet, up to a bound', async () => {
    const { counters, recorder, time } = world();
    counters.fault = new Error('throttled');
    for (let generation = 0; generation < 1_001; generation++) {
      time.now += 1;
      used(recorder, generation);
    }
    await recorder.flushed();
    time.now += 600_000;
    await recorder.flushed();
    counters.fault = undefined;
    time.now += 1_000;
    await recorder.flushed();
    expect(counters.items.size).toBe(1_000);
    expect(counters.of(0)).toEqual({});
  });

  it('adds up to the same, whenever writes come, fail or come again', () => {
    const event = fc.record({
      process: fc.nat({ max: 2 }),
      fails: fc.boolean(),
      flush: fc.constantFrom('none', 'well', 'failing', 'again'),
      pause: fc.constantFrom(0, 400, 1_000, 700_000),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const { counters, time } = world();
        const newId = (() => {
          let id = 0;
          return () => `q${id++}`;
        })();
        const recorders = [0, 1, 2].map(
          () => new TrafficRecorder(counters, () => time.now, { newId }),
        );
        for (const { process, fails, flush, pause } of events) {
          const recorder = recorders[process] as TrafficRecorder;
          time.now += pause;
          if (fails) recorder.failed(place({ by: 'request' }), 'threw');
          else recorder.answered(place({ by: 'request' }), 5);
          counters.fault = flush === 'failing' ? new Error('away') : undefined;
          if (flush !== 'none') await recorder.flushed();
          const last = counters.puts.at(-1);
          counters.fault = undefined;
          if (flush === 'again' && last) await counters.put(last);
        }
        for (const recorder of recorders) {
          time.now += 1_000;
          await recorder.flushed();
        }
        const failures = events.filter(({ fails }) => fails).length;
        const { candidate } = counters.of(3).candidate ?? {};
        expect(candidate?.exposures ?? 0).toBe(events.length);
        expect(candidate?.failures ?? 0).toBe(failures);
      }),
    );
  });
});
