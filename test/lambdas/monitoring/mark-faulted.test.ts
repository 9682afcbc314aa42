import { beforeEach, describe, expect, it } from 'vitest';
import { checkOneModel } from '../../../lambdas/monitoring/check-one-model.ts';
import { busyWorld, type CheckWorld, HOUR, NOON, OFTEN } from './check-world.ts';

let world: CheckWorld;
beforeEach(() => {
  world = busyWorld();
});

describe('a kind of check that cannot be made', () => {
  it('is tried again by its message, and by others after an hour, long before its period', async () => {
    world.overlay = { ...OFTEN, driftHours: 6 };
    world.broken.add('reference');
    const kinds = ['drift', 'health'] as const;
    await expect(world.check({ kinds: [...kinds] })).rejects.toThrow('the rest was checked');
    await expect(world.check({ kinds: [...kinds] })).rejects.toThrow('nothing was checked');
    world.now += HOUR / 2;
    expect(await world.check({ kinds: [...kinds] })).toMatchObject({ kinds: ['health'] });
    world.broken.clear();
    world.now += HOUR / 2;
    expect(await world.check({ kinds: [...kinds] })).toMatchObject({ kinds });
    expect(world.stateOf()?.faulted).toEqual({});
  });

  it('is made by the next tick, though its own messages come once a week', async () => {
    world.overlay = {};
    world.broken.add('reference');
    await expect(world.check({ kinds: ['dataset'] })).rejects.toThrow('nothing was checked');
    world.broken.clear();
    world.now += HOUR;
    const tick = await world.check({ kinds: ['drift', 'performance', 'health'] });
    expect(tick.kinds).toContain('dataset');
    expect(world.stateOf()).toMatchObject({ faulted: {}, checkedAt: { dataset: world.now } });
  });

  it('has none of its messages taken for done by a later one that faults too', async () => {
    world.broken.add('reference');
    const first = new Date(NOON).toISOString();
    const check = (at?: string) => world.check({ kinds: ['drift'], ...(at && { at }) });
    await expect(check()).rejects.toThrow('nothing was checked');
    world.now += HOUR;
    await expect(check()).rejects.toThrow('nothing was checked');
    const before = world.stateOf();
    await expect(check(first)).rejects.toThrow('nothing was checked');
    expect(world.stateOf()).toEqual(before);
    world.broken.clear();
    await check();
    expect((await check(first)).outcome).toBe('not-due');
  });

  it('leaves its mark although no other was made, once for a message', async () => {
    world.overlay = { ...OFTEN, driftHours: 6 };
    world.broken.add('reference');
    const check = () => world.check({ kinds: ['drift'] });
    await expect(check()).rejects.toThrow('nothing was checked: drift: reference is broken');
    await expect(check()).rejects.toThrow('nothing was checked');
    expect(world.stateOf()).toMatchObject({
      ...{ rev: 1, checkedAt: {}, faulted: { drift: { since: NOON, at: NOON } } },
    });
    expect(world.stateOf()).not.toHaveProperty('latest');
    expect(world.types()).toEqual(['monitoring.faulted']);
    world.now += HOUR / 2;
    expect((await check()).outcome).toBe('not-due');
    expect(world.stateOf()?.rev).toBe(1);
    world.now += HOUR / 2;
    await expect(check()).rejects.toThrow('nothing was checked');
    expect(world.stateOf()?.faulted).toEqual({ drift: { since: NOON, at: NOON + HOUR } });
    expect(world.published).toMatchObject([{ values: { CheckHeartbeat: 1 } }]);
  });

  it('asked for by a person leaves none', async () => {
    world.broken.add('reference');
    const asked = world.check({ kinds: ['drift'], asked: true });
    await expect(asked).rejects.toThrow('nothing was checked');
    expect(world.stateOf()).toBeUndefined();
  });

  it('keeps what is known of the version, and ends the block of the one before it', async () => {
    world.harm(NOON);
    await world.checkHourly(2);
    const before = world.stateOf();
    world.broken.add('reference');
    world.now += HOUR;
    await expect(world.check({ kinds: ['drift'] })).rejects.toThrow('nothing was checked');
    expect(world.stateOf()).toEqual({
      ...before,
      ...{ rev: 3, faulted: { drift: { since: world.now, at: world.now } } },
    });
    world.add('churn', '2.0.0');
    await expect(world.check({ kinds: ['drift'] })).rejects.toThrow('nothing was checked');
    expect(world.stateOf()).toMatchObject({ version: '2.0.0', blocked: false, alarms: {} });
    expect(world.types().slice(-2)).toEqual(['monitoring.faulted', 'promotion.unblocked']);
  });

  it('writes nothing over a check that was recorded meanwhile', async () => {
    const { reference: _, ...ports } = world.ports;
    const reference = async () => {
      await world.check();
      throw new Error('the reference is broken');
    };
    const check = checkOneModel({ ...ports, reference });
    await expect(check(world.message({ kinds: ['drift'] }))).rejects.toThrow('nothing was checked');
    expect(world.stateOf()).toMatchObject({ rev: 1, checkedAt: { health: NOON } });
    expect(world.types()).toEqual(['monitoring.checked']);
  });

  it('is told of with what kept its mark from being written', async () => {
    world.broken.add('reference');
    world.broken.add('record');
    await expect(world.check({ kinds: ['drift'] })).rejects.toThrow(
      'drift: reference is broken; drift: it could not be recorded that they fault: record is broken',
    );
  });
});
