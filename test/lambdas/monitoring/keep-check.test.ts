import { beforeEach, describe, expect, it } from 'vitest';
import { checkOneModel } from '../../../lambdas/monitoring/check-one-model.ts';
import { busyWorld, type CheckWorld, HOUR, NOON } from './check-world.ts';

let world: CheckWorld;
beforeEach(() => {
  world = busyWorld();
});

describe('a check that breaks off', () => {
  it.each(['save', 'record', 'metrics', 'rollback'])(
    'at %s is made up for when its message comes again',
    async (step) => {
      world.harm(NOON);
      await world.checkHourly(1);
      world.now += HOUR;
      world.broken.add(step);
      await expect(world.check()).rejects.toThrow();
      world.broken.clear();
      await world.check();

      expect(world.stateOf()?.alarms.errors?.raised).toBe('critical');
      expect(world.reports.get('churn')).toHaveLength(2);
      expect(world.types().filter((type) => type === 'drift.detected')).toHaveLength(1);
      expect(world.published.at(-1)?.values).toMatchObject({ QualitySeverity: 4 });
      expect(new Set(world.requested.map(({ reason }) => reason)).size).toBe(1);
    },
  );

  it('asks for the rollback though CloudWatch takes nothing', async () => {
    world.harm(NOON);
    await world.checkHourly(1);
    world.now += HOUR;
    world.broken.add('metrics');
    await expect(world.check()).rejects.toThrow('metrics is broken');
    expect(world.requested).toHaveLength(1);
  });

  it('keeps owing the rollback while it cannot be asked for, and goes on checking', async () => {
    world.harm(NOON);
    await world.checkHourly(1);
    world.broken.add('rollback');
    world.now += HOUR;
    await expect(world.check()).rejects.toThrow('roll back by hand');
    world.now += HOUR;
    await expect(world.check()).rejects.toThrow('roll back by hand');
    expect(world.stateOf()).toMatchObject({
      checkedAt: { health: world.now },
      owed: { generation: 7 },
    });
    world.broken.clear();
    await world.checkHourly(1);
    expect(world.requested).toHaveLength(1);
    expect(world.stateOf()).not.toHaveProperty('owed');
  });

  it('changes nothing where another one was recorded first', async () => {
    const ports = world.ports;
    const rival = { ...ports, reports: { ...ports.reports } };
    rival.reports.save = async (report) => {
      await world.check();
      return ports.reports.save(report);
    };
    await expect(checkOneModel(rival)(world.message())).rejects.toThrow('recorded meanwhile');
    expect(world.stateOf()?.rev).toBe(1);
    expect(world.types()).toEqual(['monitoring.checked']);
  });
});
