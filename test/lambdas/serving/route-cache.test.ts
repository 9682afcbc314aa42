import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stage } from '#domain/registry/stage.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import {
  type Placement,
  readPlacement,
  stableOf,
} from '../../../lambdas/serving/read-placement.ts';
import { RouteCache } from '../../../lambdas/serving/route-cache.ts';
import {
  digestNo,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from '../../domain/serving/routing/sample-route.ts';

const placement = (generation: number, changes: Partial<RouteDocument> = {}): Placement => ({
  route: sampleRoute({ tenant: 't', model: 'm', generation, ...changes }),
  versions: new Map(),
});

let now: number;
let reads: number;
let answer: () => Promise<Placement | undefined>;
let cache: RouteCache;
beforeEach(() => {
  now = 5_000_000;
  reads = 0;
  answer = async () => placement(1);
  cache = new RouteCache(
    () => {
      reads += 1;
      return answer();
    },
    () => now,
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a request is answered by; it ends as requests do, with the refresh awaited. */
const request = async () => {
  const { placement: found, ageMs, refreshed } = await cache.find('t', 'm');
  await refreshed;
  return { generation: found?.route.generation, ageMs };
};
const away = async (): Promise<Placement | undefined> => {
  throw new Error('the registry is away');
};
const never = () => new Promise<undefined>(() => {});

describe('RouteCache', () => {
  it('reads once within two seconds', async () => {
    await request();
    now += 1_999;
    expect(await request()).toEqual({ generation: 1, ageMs: 1_999 });
    expect(reads).toBe(1);
  });

  it('refreshes beside a request after two seconds, for the next one', async () => {
    await request();
    answer = async () => placement(2);
    now += 2_000;
    expect(await request()).toEqual({ generation: 1, ageMs: 2_000 });
    expect(await request()).toEqual({ generation: 2, ageMs: 0 });
    expect(reads).toBe(2);
  });

  it('refreshes before a request after ten seconds', async () => {
    await request();
    answer = async () => placement(2);
    now += 10_000;
    expect(await request()).toEqual({ generation: 2, ageMs: 0 });
  });

  it('never goes back to a smaller generation', async () => {
    answer = async () => placement(5);
    await request();
    answer = async () => placement(4);
    for (const ms of [2_000, 10_000, 60_000]) {
      now += ms;
      expect((await request()).generation).toBe(5);
    }
    answer = async () => undefined;
    now += 10_000;
    expect((await request()).generation).toBeUndefined();
    answer = async () => placement(4);
    now += 10_000;
    expect((await request()).generation).toBeUndefined();
    answer = async () => placement(6);
    now += 10_000;
    expect((await request()).generation).toBe(6);
  });

  it('knows a kill by its epoch, whatever its generation, and never forgets it', async () => {
    answer = async () => placement(7);
    await request();
    answer = async () => placement(3, { killEpoch: 1 });
    now += 10_000;
    expect((await request()).generation).toBe(3);
    answer = async () => placement(8);
    now += 10_000;
    expect((await request()).generation).toBe(3);
  });

  it('never gives a lease back that it has seen renewed', async () => {
    const leased = (ms: number) =>
      placement(1, { candidate: sampleCandidate({ leaseUntil: now + ms }) });
    answer = async () => leased(0);
    const [early, late] = [leased(10_000), leased(60_000)];
    const leaseUntil = async () => {
      now += 10_000;
      const { placement: found } = await cache.find('t', 'm');
      return found?.route.candidate?.leaseUntil;
    };
    await request();
    answer = async () => late;
    expect(await leaseUntil()).toBe(late.route.candidate?.leaseUntil);
    answer = async () => early;
    expect(await leaseUntil()).toBe(late.route.candidate?.leaseUntil);
  });

  it('tells of each placement that it takes over, and of none that is older', async () => {
    const told: number[] = [];
    cache = new RouteCache(
      () => answer(),
      () => now,
      async ({ route: { generation } }) => void told.push(generation),
    );
    await request();
    for (const generation of [2, 1, 3]) {
      answer = async () => placement(generation);
      now += 10_000;
      await request();
    }
    expect(told).toEqual([2, 3]);
  });

  it('goes on with what was last known good while the registry is away', async () => {
    await request();
    answer = away;
    now += 3_600_000;
    expect(await request()).toEqual({ generation: 1, ageMs: 3_600_000 });
    answer = async () => placement(2);
    now += 2_000;
    expect((await request()).generation).toBe(2);
  });

  it('does not ask a registry that is away at every request', async () => {
    await request();
    answer = away;
    now += 60_000;
    for (let i = 0; i < 10; i++) await request();
    expect(reads).toBe(2);
    now += 2_000;
    await request();
    expect(reads).toBe(3);
  });

  it('waits 50 ms for a registry that does not answer, not longer', async () => {
    await request();
    answer = never;
    now += 60_000;
    vi.useFakeTimers();
    const asked = request();
    await vi.advanceTimersByTimeAsync(49);
    expect(await Promise.race([asked, 'waiting'])).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect((await asked).generation).toBe(1);
  });

  it('asks again when a read never ended', async () => {
    await request();
    answer = never;
    now += 10_000;
    await request();
    answer = async () => placement(2);
    now += 10_000;
    expect((await request()).generation).toBe(2);
  });

  it('takes a late answer for what it is', async () => {
    await request();
    let answerLate = (_: Placement) => {};
    answer = () =>
      new Promise((resolve) => {
        answerLate = resolve;
      });
    now += 10_000;
    await request();
    answerLate(placement(2));
    expect((await request()).generation).toBe(2);
  });

  it('looks again when the clock was set back', async () => {
    await request();
    answer = async () => placement(2);
    now -= 3_600_000;
    expect((await request()).generation).toBe(2);
  });

  it('has nothing to go on with when the registry was always away', async () => {
    answer = away;
    await expect(request()).rejects.toMatchObject({ name: 'Unavailable' });
    answer = async () => placement(1);
    expect((await request()).generation).toBe(1);
  });

  it('keeps no place for models without a route', async () => {
    answer = async () => undefined;
    await request();
    answer = async () => placement(1);
    expect((await request()).generation).toBe(1);
  });

  it('keeps tenants apart', async () => {
    const byTenant = new RouteCache(
      async (tenant) => (tenant === 'a' ? placement(1) : undefined),
      () => now,
    );
    expect((await byTenant.find('a', 'm')).placement).toBeDefined();
    expect((await byTenant.find('b', 'm')).placement).toBeUndefined();
  });
});

describe('readPlacement', () => {
  const version = (name: string, state: Stage) => ({ version: name, state }) as VersionRecord;
  const digests = { '1.0.0': digestNo(1), '2.0.0': digestNo(2) };
  const route = (generation: number, name: keyof typeof digests) =>
    sampleRoute({
      ...{ tenant: 't', model: 'm', generation },
      stable: { version: name, digest: digests[name], since: 1 },
    });

  it('sees a promotion that comes between its two reads', async () => {
    const routes = [route(1, '1.0.0'), route(2, '2.0.0')];
    const versions = { '1.0.0': 'DEPRECATED', '2.0.0': 'PRODUCTION' } as const;
    const registry = {
      route: async () => routes.shift(),
      version: async ({ version: name }: { version: string }) =>
        version(name, versions[name as keyof typeof versions]),
    };
    const found = await readPlacement(registry, 't', 'm');
    expect(found?.route).toMatchObject({ generation: 2 });
    expect(found && stableOf(found)).toEqual(version('2.0.0', 'PRODUCTION'));
  });

  it('reports a version that is not in production as it is', async () => {
    const registry = {
      route: async () => route(3, '1.0.0'),
      version: async () => version('1.0.0', 'FAILED'),
    };
    const found = await readPlacement(registry, 't', 'm');
    expect(found && stableOf(found)).toMatchObject({ state: 'FAILED' });
  });

  it('reads every version that the route names, each once', async () => {
    const [candidate, control] = [sampleCandidate(), sampleExperiment()];
    const read: string[] = [];
    const registry = {
      route: async () => sampleRoute({ candidate, previous: targetNo(4), experiments: [control] }),
      version: async ({ version: name }: { version: string }) => {
        read.push(name);
        return version(name, 'PRODUCTION');
      },
    };
    const found = await readPlacement(registry, 't', 'm');
    expect(read.sort()).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
    expect(found?.versions.get(digestNo(3))?.version).toBe('3.0.0');
  });

  it('finds nothing for a model without a route', async () => {
    const registry = {
      route: async () => undefined,
      version: async () => version('1.0.0', 'PRODUCTION'),
    };
    expect(await readPlacement(registry, 't', 'm')).toBeUndefined();
  });
});
