import { beforeEach, expect, it } from 'vitest';
import { NOTHING_SEEN, type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { rollUp } from '../../../lambdas/monitoring/roll-up.ts';

const MODEL = { tenant: 'acme', model: 'risk' };
const digest = hashOf('version');
const profile = hashOf('profile');
const of = (requests: number): Seen => ({ ...NOTHING_SEEN, profile, requests });

/** Raw counts by hour, and what became of them. */
class Hours {
  readonly raws = new Map<number, Seen[]>();
  readonly rolled = new Map<number, Seen>();
  readonly archived = new Map<number, Seen>();

  readonly counters = {
    raw: async (_: object, __: string, hour: number) => this.raws.get(hour) ?? [],
    roll: async (_: object, __: string, hour: number, seen: Seen) => {
      if ((this.rolled.get(hour)?.requests ?? 0) > seen.requests) return false;
      this.rolled.set(hour, seen);
      return true;
    },
  };
  readonly archive = {
    put: async (_: object, __: string, hour: number, seen: Seen) =>
      void this.archived.set(hour, seen),
  };
}

let hours: Hours;
beforeEach(() => {
  hours = new Hours();
});
const roll = (...which: number[]) => rollUp(hours, MODEL, digest, profile, which);

it('sums the processes of each hour, keeps it and archives it', async () => {
  hours.raws.set(1, [of(1), of(2)]).set(2, [of(4)]);
  await roll(1, 2);
  expect([...hours.rolled]).toEqual([
    [1, sumSeen(profile, [of(3)])],
    [2, sumSeen(profile, [of(4)])],
  ]);
  expect(hours.archived).toEqual(hours.rolled);
});

it('changes nothing the second time, and adds what came late', async () => {
  hours.raws.set(1, [of(1)]);
  await roll(1);
  const first = new Map(hours.rolled);
  await roll(1);
  expect(hours.rolled).toEqual(first);
  hours.raws.set(1, [of(1), of(5)]);
  await roll(1);
  expect(hours.rolled.get(1)?.requests).toBe(6);
});

it('leaves an hour alone of which nothing is there any more', async () => {
  hours.rolled.set(1, of(3));
  await roll(1);
  expect(hours.rolled).toEqual(new Map([[1, of(3)]]));
  expect(hours.archived.size).toBe(0);
});

it('archives nothing of an hour that was rolled up with more', async () => {
  hours.rolled.set(1, of(3));
  hours.raws.set(1, [of(2)]);
  await roll(1);
  expect(hours.rolled.get(1)).toEqual(of(3));
  expect(hours.archived.size).toBe(0);
});

it('archives no hour that could not be kept', async () => {
  hours.raws.set(1, [of(1)]);
  const counters = { ...hours.counters, roll: () => Promise.reject(new Error('throttled')) };
  const { archive } = hours;
  await expect(rollUp({ counters, archive }, MODEL, digest, profile, [1])).rejects.toThrow();
  expect(hours.archived.size).toBe(0);
});
