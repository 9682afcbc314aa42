import { beforeEach, describe, expect, it } from 'vitest';
import { busyWorld, type CheckWorld, HOUR, NOON } from './check-world.ts';

let world: CheckWorld;
beforeEach(() => {
  world = busyWorld();
});

describe('the heart of a model', () => {
  it('beats where no check is due, and nothing else is told', async () => {
    await world.check();
    world.now += HOUR / 20;
    await world.check();
    expect(world.published.slice(1)).toEqual([{ model: 'churn', values: { CheckHeartbeat: 1 } }]);
  });

  it('beats at every tick of a policy that asks for all of them every other day', async () => {
    world.overlay = { driftHours: 48, performanceHours: 48, healthMinutes: 2880 };
    for (let hours = 0; hours < 150; hours++) {
      world.now = NOON + hours * HOUR;
      const told = world.published.length;
      await world.check({ kinds: ['drift', 'performance', 'health'] });
      expect(world.published.slice(told)).toMatchObject([{ values: { CheckHeartbeat: 1 } }]);
    }
    expect(world.stateOf()?.rev).toBe(4);
  });

  it('does not beat where none is due while another is overdue, by the time that it is', async () => {
    await world.check({ kinds: ['drift', 'performance', 'health'] });
    world.overlay = { driftHours: 6, performanceHours: 48, healthMinutes: 2880 };
    const at = new Date(NOON + HOUR).toISOString();
    world.now += 19 * HOUR;
    const late = await world.check({ kinds: ['health'], at });
    expect(late).toMatchObject({ outcome: 'not-due', overdue: ['drift'] });
    expect(world.published).toHaveLength(1);
  });

  it('beats where the dataset’s check alone cannot be made, and no other was due', async () => {
    world.overlay = { driftHours: 48, performanceHours: 48, healthMinutes: 2880 };
    const kinds = ['drift', 'performance', 'health'] as const;
    const ticked = async () => {
      world.now += HOUR;
      const told = world.published.length;
      await expect(world.check({ kinds: [...kinds] })).rejects.toThrow('nothing was checked');
      return world.published.slice(told).map(({ values }) => values);
    };
    await world.check({ kinds: [...kinds] });
    world.broken.add('reference');
    await expect(world.check({ kinds: ['dataset'] })).rejects.toThrow('nothing was checked');
    for (let hours = 0; hours < 5; hours++) expect(await ticked()).toEqual([{ CheckHeartbeat: 1 }]);
    world.overlay = { ...world.overlay, driftHours: 5 };
    expect(await ticked()).toEqual([]);
  });

  it('stops once a check is overdue, whatever else is checked, until it is made again', async () => {
    const kinds = ['drift', 'performance', 'health'] as const;
    world.overlay = {};
    const beats = async (hours: number): Promise<boolean> => {
      world.now = NOON + hours * HOUR;
      const told = world.published.length;
      await world.check({ kinds: [...kinds] }).catch(() => undefined);
      expect(world.published.length).toBe(told + 1);
      return world.published.at(-1)?.values.CheckHeartbeat === 1;
    };
    world.broken.add('reference');
    const beating = [];
    for (let hours = 0; hours <= 20; hours++) beating.push(await beats(hours));
    // Labels are read every two hours, and six are three of them.
    expect(beating.lastIndexOf(true)).toBe(6);
    expect(beating.indexOf(false)).toBe(7);
    world.broken.clear();
    expect(await beats(24)).toBe(true);
  });
});

it('a check that was not told of is told of again, whatever a person has asked for since', async () => {
  world.broken.add('metrics');
  await expect(world.check()).rejects.toThrow();
  world.broken.clear();
  const at = new Date(world.now).toISOString();
  world.now += HOUR / 60;
  await world.check({ asked: true });
  expect(await world.check({ at })).toMatchObject({ outcome: 'told-again' });
  expect(world.published.at(-1)?.values).toMatchObject({ CheckHeartbeat: 1, ErrorRate: 0 });
});
