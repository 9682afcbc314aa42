import { describe, expect, it } from 'vitest';
import {
  aliasKey,
  digestKey,
  historyKey,
  modelKey,
  monitoringKey,
  rollbackKey,
} from '#domain/registry/keys.ts';
import { digestNo, sampleExperiment, targetNo } from '../../domain/serving/routing/sample-route.ts';
import { canaryRoute, model, quietRoute, RollbackWorld, request } from './rollback-world.ts';

const HOUR_MS = 3_600_000;
const quarantineOf = (world: RollbackWorld, n: number) =>
  world.table.get(digestKey('acme', digestNo(n)));

describe('a candidate that is killed', () => {
  it('has no place any more, and no approval, and is in quarantine', async () => {
    const world = new RollbackWorld();
    const before = Date.now();
    expect(await world.rollBack(request())).toBe('rolled-back');
    const route = await world.route();
    expect(route).toMatchObject({ generation: 8, killEpoch: 1, stable: targetNo(1) });
    expect(route).not.toHaveProperty('candidate');
    expect(await world.version(2)).toMatchObject({ state: 'STAGING' });
    expect(await world.version(2)).not.toHaveProperty('approval');
    expect(world.approval(2)).toBe('VOID');
    const { quarantinedUntil, quarantines } = quarantineOf(world, 2) ?? {};
    expect(quarantines).toBe(1);
    expect(Number(quarantinedUntil)).toBeGreaterThanOrEqual(before + HOUR_MS);
    expect(route.quarantined).toEqual([{ digest: digestNo(2), until: quarantinedUntil }]);
  });

  it('leaves stable and its champion as they were', async () => {
    const world = new RollbackWorld();
    await world.rollBack(request());
    expect(await world.version(1)).toMatchObject({ state: 'PRODUCTION', approval: 'approval-1' });
    expect(world.approval(1)).toBe('APPROVED');
    expect(world.table.get(modelKey(model))).toMatchObject({ champion: '1.0.0' });
  });

  it('is quarantined twice as long each time, up to a day', async () => {
    const hours: number[] = [];
    for (let n = 0; n < 7; n++) {
      const world = new RollbackWorld();
      world.table.put(digestKey('acme', digestNo(2)), {
        ...quarantineOf(world, 2),
        ...(n > 0 && { quarantines: n }),
      });
      const before = Date.now();
      await world.rollBack(request());
      expect(quarantineOf(world, 2)?.quarantines).toBe(n + 1);
      hours.push(Math.round((Number(quarantineOf(world, 2)?.quarantinedUntil) - before) / HOUR_MS));
    }
    expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24]);
  });

  it('ends its rollout, by whose policy it is rolled back', async () => {
    const world = new RollbackWorld();
    const { id } = world.startRollout();
    const before = Date.now();
    await world.rollBack(request());
    expect(await world.rollouts.get(model, id)).toMatchObject({
      status: 'ROLLED_BACK',
      ended: { by: 'look-at-rollout', reason: 'failures: E = 45, threshold 20' },
      rev: 5,
    });
    const until = Number(quarantineOf(world, 2)?.quarantinedUntil);
    expect(Math.round((until - before) / HOUR_MS)).toBe(2);
  });

  it('leaves the rollout of another version alone', async () => {
    const world = new RollbackWorld();
    const { id } = world.startRollout({ ...targetNo(3) });
    await world.rollBack(request());
    expect(await world.rollouts.get(model, id)).toMatchObject({ status: 'RUNNING', rev: 4 });
  });

  it('is told once, with the evidence and where traffic went', async () => {
    const world = new RollbackWorld();
    const { id: rollout } = world.startRollout();
    const asked = request({ evidence: { e: 45, threshold: 20 } });
    await world.rollBack(asked);
    expect(world.table.entries('rollout.rolledback')).toEqual([
      expect.objectContaining({
        subject: 'acme/churn/2.0.0',
        actor: 'look-at-rollout',
        data: {
          rollback: asked.id,
          digest: digestNo(2),
          severity: 'critical',
          trigger: 'look',
          reason: asked.reason,
          evidence: { e: 45, threshold: 20 },
          mode: 'critical',
          rollout,
          to: '1.0.0',
          generation: 8,
          seenGeneration: 7,
        },
      }),
    ]);
  });

  it('says by which counters to see whether it stays out', async () => {
    const world = new RollbackWorld();
    const asked = request();
    await world.rollBack(asked);
    expect((await world.rollbacks.get(asked))?.killed).toMatchObject({
      generation: 8,
      to: '1.0.0',
      arms: [{ trial: 'candidate', arm: 'candidate' }],
      generations: [1, 2, 3, 4, 5, 6, 7],
      lastSince: canaryRoute().updatedAt,
    });
  });

  it('keeps its approval and is in no quarantine where a person aborts', async () => {
    const world = new RollbackWorld();
    const { id } = world.startRollout();
    const asked = request({ abort: true, trigger: 'person', actor: 'mia' });
    expect(await world.rollBack(asked)).toBe('rolled-back');
    expect(await world.version(2)).toMatchObject({ state: 'STAGING', approval: 'approval-2' });
    expect(world.approval(2)).toBe('APPROVED');
    expect(quarantineOf(world, 2)).not.toHaveProperty('quarantinedUntil');
    expect((await world.route()).quarantined).toEqual([]);
    expect(await world.rollouts.get(model, id)).toMatchObject({ status: 'ABORTED' });
    expect(world.table.entries('rollout.aborted')).toHaveLength(1);
    expect(world.table.entries('rollout.rolledback')).toEqual([]);
  });

  it('takes the experiments with it, as the route does', async () => {
    const world = new RollbackWorld(
      quietRoute({ experiments: [sampleExperiment({ leaseUntil: Date.now() + 60_000 })] }),
    );
    expect(await world.rollBack(request({ digest: digestNo(3) }))).toBe('rolled-back');
    expect((await world.route()).experiments).toEqual([]);
    expect(world.approval(3)).toBe('VOID');
  });
});

describe('stable that is killed', () => {
  const stable = { digest: digestNo(1) };

  it('gives way to the version before it, in everything that names one', async () => {
    const world = new RollbackWorld(quietRoute());
    expect(await world.rollBack(request(stable))).toBe('rolled-back');
    expect(await world.route()).toMatchObject({ stable: { ...targetNo(9), since: 8 } });
    expect(await world.route()).not.toHaveProperty('previous');
    expect(await world.version(1)).toMatchObject({ state: 'STAGING', rev: 4 });
    expect(await world.version(1)).not.toHaveProperty('approval');
    expect(await world.version(9)).toMatchObject({ state: 'PRODUCTION', rev: 4 });
    expect(world.approval(1)).toBe('VOID');
    expect(world.table.get(modelKey(model))).toMatchObject({ champion: '9.0.0' });
    expect(world.table.get(aliasKey(model, 'champion'))).toMatchObject(targetNo(9));
    expect(quarantineOf(world, 1)).toMatchObject({ quarantines: 1 });
  });

  it('gives way though the model’s monitoring blocks promotions: going back is none', async () => {
    const world = new RollbackWorld(quietRoute());
    world.table.put(monitoringKey(model), { ...model, blocked: true });
    expect(await world.rollBack(request(stable))).toBe('rolled-back');
    expect(await world.version(9)).toMatchObject({ state: 'PRODUCTION' });
  });

  it('tells the history of both versions why', async () => {
    const world = new RollbackWorld(quietRoute());
    await world.rollBack(request(stable));
    const [entry] = world.table.entries('rollout.rolledback');
    const history = (n: number) =>
      world.table.get(historyKey({ ...model, version: `${n}.0.0` }, String(entry?.id)));
    expect(history(1)).toMatchObject({
      from: 'PRODUCTION',
      to: 'STAGING',
      reason: 'rolled back: failures: E = 45, threshold 20',
    });
    expect(history(9)).toMatchObject({
      from: 'DEPRECATED',
      to: 'PRODUCTION',
      reason: 'takes over from 1.0.0, which was rolled back',
    });
  });

  it('gives way though it was failed meanwhile, and stays failed', async () => {
    const world = new RollbackWorld(quietRoute());
    world.setState(1, 'FAILED');
    expect(await world.rollBack(request(stable))).toBe('rolled-back');
    expect((await world.route()).stable).toMatchObject(targetNo(9));
    expect(await world.version(1)).toMatchObject({ state: 'FAILED' });
    expect(await world.version(1)).not.toHaveProperty('approval');
    expect(await world.version(9)).toMatchObject({ state: 'PRODUCTION' });
  });

  it.each<[string, (world: RollbackWorld) => void, RegExp]>([
    ['whose papers do not verify', (world) => world.forged.add('9.0.0'), /signature: got another/],
    [
      'that the registry has in quarantine',
      (world) =>
        world.table.put(digestKey('acme', digestNo(9)), { quarantinedUntil: Date.now() + HOUR_MS }),
      /churn@9.0.0 is in quarantine/,
    ],
    [
      'that failed since',
      (world) => world.setState(9, 'FAILED'),
      /churn@9.0.0 is FAILED, expected DEPRECATED/,
    ],
  ])('holds where there is nothing before it but one %s', async (_, spoil, why) => {
    const world = new RollbackWorld(quietRoute());
    spoil(world);
    const asked = request(stable);
    expect(await world.rollBack(asked)).toBe('hold');
    expect((await world.route()).stable).toMatchObject(targetNo(1));
    expect(await world.version(1)).toMatchObject({ state: 'PRODUCTION', approval: 'approval-1' });
    expect(await world.rollbacks.get(asked)).toMatchObject({
      status: 'HELD',
      reason: expect.stringMatching(why),
    });
    expect(world.counts).toEqual([{ RollbackHeld: 1 }]);
    expect(world.table.entries('rollback.held')).toHaveLength(1);
  });
});

describe('a task that is tried again', () => {
  it('answers as it did, and changes nothing', async () => {
    const world = new RollbackWorld();
    const asked = request();
    await world.begin(asked);
    const once = await world.kill(asked);
    const items = new Map(world.table.items);
    expect(await world.kill(asked)).toEqual(once);
    expect(world.table.items).toEqual(items);
  });

  it('holds again where it held, without paging twice', async () => {
    const world = new RollbackWorld(quietRoute());
    world.forged.add('9.0.0');
    const asked = request({ digest: digestNo(1) });
    await world.rollBack(asked);
    expect(await world.kill(asked)).toMatchObject({ outcome: 'hold' });
    expect(world.counts).toHaveLength(1);
  });

  it('is a fault before there is a rollback', async () => {
    const world = new RollbackWorld();
    await expect(world.kill(request())).rejects.toThrow(/is unknown, expected a begun one/);
  });
});

describe('a route that moves meanwhile', () => {
  it('is read again, and what it says now is killed', async () => {
    const world = new RollbackWorld();
    const asked = request();
    await world.begin(asked);
    let reads = 0;
    world.table.before = async () => {
      // Behind the reading of record and route, before the transaction.
      if (++reads === 3) world.setRoute(canaryRoute({ generation: 8 }));
    };
    expect(await world.kill(asked)).toMatchObject({ outcome: 'rolled-back', generation: 9 });
  });

  it('is given up on after a while, for the task to be tried again', async () => {
    const world = new RollbackWorld();
    const asked = request();
    await world.begin(asked);
    let generation = 8;
    world.table.before = async () => world.setRoute(canaryRoute({ generation: generation++ }));
    await expect(world.kill(asked)).rejects.toThrow(/changed 8 times meanwhile/);
    expect(world.table.get(rollbackKey(model, asked.id))).toMatchObject({ status: 'RUNNING' });
  });

  it('is nothing to kill any more where the version was placed anew', async () => {
    const world = new RollbackWorld();
    const asked = request({ generation: 4 });
    expect(await world.rollBack(asked)).toBe('nothing');
    expect(await world.rollbacks.get(asked)).toMatchObject({
      status: 'NOTHING',
      reason: expect.stringContaining('placed anew in generation 5'),
    });
  });
});
