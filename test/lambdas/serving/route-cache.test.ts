import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Stage } from '#domain/registry/stage.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { type Placement, readPlacement } from '../../../lambdas/serving/read-placement.ts';
import { RouteCache } from '../../../lambdas/serving/route-cache.ts';

const placement = (generation: number): Placement => ({
  route: { tenant: 't', model: 'm', generation } as Route,
  version: undefined,
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
  const route = (generation: number, name: string) =>
    ({ tenant: 't', model: 'm', generation, stable: { version: name } }) as Route;

  it('sees a promotion that comes between its two reads', async () => {
    const routes = [route(1, '1.0.0'), route(2, '2.0.0')];
    const versions = { '1.0.0': 'DEPRECATED', '2.0.0': 'PRODUCTION' } as const;
    const registry = {
      route: async () => routes.shift(),
      version: async ({ version: name }: { version: string }) =>
        version(name, versions[name as keyof typeof versions]),
    };
    expect(await readPlacement(registry, 't', 'm')).toMatchObject({
      route: { generation: 2 },
      version: { version: '2.0.0', state: 'PRODUCTION' },
    });
  });

  it('reports a version that is not in production as it is', async () => {
    const registry = {
      route: async () => route(3, '1.0.0'),
      version: async () => version('1.0.0', 'FAILED'),
    };
    expect(await readPlacement(registry, 't', 'm')).toMatchObject({ version: { state: 'FAILED' } });
  });

  it('finds nothing for a model without a route', async () => {
    const registry = {
      route: async () => undefined,
      version: async () => version('1.0.0', 'PRODUCTION'),
    };
    expect(await readPlacement(registry, 't', 'm')).toBeUndefined();
  });
});
