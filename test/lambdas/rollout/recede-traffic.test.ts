import { describe, expect, it } from 'vitest';
import { modelKey, monitoringKey } from '#domain/registry/keys.ts';
import {
  digestNo,
  sampleCandidate,
  sampleExperiment,
  targetNo,
} from '../../domain/serving/routing/sample-route.ts';
import {
  canaryRoute,
  leased,
  model,
  quietRoute,
  RollbackWorld,
  request,
} from './rollback-world.ts';

const gradual = (changes: object = {}) => request({ severity: 'high', ...changes });

/** The share after each step, until nothing is left to take. */
async function sharesOf(world: RollbackWorld, asked: ReturnType<typeof gradual>) {
  const shares: number[] = [];
  for (;;) {
    const step = await world.recede(asked);
    if (step.outcome !== 'again') return { shares, outcome: step.outcome };
    shares.push(Math.round(step.share * 1e6) / 1e6);
  }
}

describe('a candidate', () => {
  it('gives its share back in equal parts; the last is left to the kill', async () => {
    const world = new RollbackWorld();
    const asked = gradual();
    await world.begin(asked);
    expect(await sharesOf(world, asked)).toEqual({
      shares: [0.225, 0.2, 0.175, 0.15, 0.125, 0.1, 0.075, 0.05, 0.025],
      outcome: 'empty',
    });
    expect((await world.route()).candidate).toMatchObject({ mode: 'canary', since: 5 });
    expect(await world.kill(asked)).toMatchObject({ outcome: 'rolled-back' });
    expect(await world.route()).not.toHaveProperty('candidate');
    expect(world.table.entries('rollback.step')).toHaveLength(9);
  });

  it('keeps a lease until the next step, and no longer', async () => {
    const world = new RollbackWorld();
    const asked = gradual();
    await world.begin(asked);
    world.setRoute(
      canaryRoute({ candidate: sampleCandidate({ since: 5, leaseUntil: Date.now() + 1000 }) }),
    );
    await world.recede(asked);
    const { leaseUntil = 0 } = (await world.route()).candidate ?? {};
    expect(Math.round((leaseUntil - Date.now()) / 1000)).toBe(120);
  });

  it.each([
    ['whose lease ran out', sampleCandidate({ since: 5, leaseUntil: Date.now() - 1 })],
    [
      'that is in shadow',
      sampleCandidate({ since: 5, mode: 'shadow', share: 0, leaseUntil: leased() }),
    ],
  ])('%s is ready to be killed', async (_, candidate) => {
    const world = new RollbackWorld(canaryRoute({ candidate }));
    const asked = gradual();
    expect(await world.begin(asked)).toMatchObject({ outcome: 'gradual' });
    const before = await world.route();
    expect(await world.recede(asked)).toEqual({ outcome: 'empty' });
    expect(await world.route()).toEqual(before);
  });

  it('that serves everybody goes back over canary', async () => {
    const candidate = sampleCandidate({ since: 5, mode: 'full', share: 1, leaseUntil: leased() });
    const world = new RollbackWorld(canaryRoute({ candidate }));
    const asked = gradual();
    await world.begin(asked);
    await world.recede(asked);
    expect((await world.route()).candidate).toMatchObject({ mode: 'canary', share: 0.9 });
  });

  it('that another rollback took at once is left alone', async () => {
    const world = new RollbackWorld();
    const [slow, quick] = [gradual(), request()];
    await world.begin(slow);
    await world.recede(slow);
    expect(await world.rollBack(quick)).toBe('rolled-back');
    const killed = await world.route();
    expect(await world.recede(slow)).toEqual({ outcome: 'pre-empted' });
    expect(await world.route()).toEqual(killed);
    expect(await world.rollbacks.get(slow)).toMatchObject({ status: 'NOTHING' });
    expect(world.table.entries('rollout.rolledback')).toHaveLength(1);
  });

  it('is read again where the route moved meanwhile', async () => {
    const world = new RollbackWorld();
    const asked = gradual();
    await world.begin(asked);
    let writes = 0;
    world.table.before = async () => {
      if (++writes === 3) world.setRoute(canaryRoute({ generation: 8 }));
    };
    expect(await world.recede(asked)).toEqual({ outcome: 'again', share: 0.225 });
    expect((await world.route()).generation).toBe(9);
  });
});

describe('stable', () => {
  const stable = (changes: object = {}) => gradual({ digest: digestNo(1), ...changes });

  it('goes back as a candidate of what was before it, which is in production from then on', async () => {
    const world = new RollbackWorld(quietRoute());
    const asked = stable();
    expect(await world.begin(asked)).toMatchObject({ outcome: 'gradual' });
    expect(await world.recede(asked)).toEqual({ outcome: 'again', share: 0.9 });
    expect(await world.route()).toMatchObject({
      generation: 8,
      killEpoch: 0,
      stable: { ...targetNo(9), since: 8 },
      candidate: { ...targetNo(1), mode: 'canary', share: 0.9, since: 3 },
    });
    expect(await world.version(9)).toMatchObject({ state: 'PRODUCTION' });
    expect(await world.version(1)).toMatchObject({ state: 'STAGING' });
    expect(await world.version(1)).not.toHaveProperty('approval');
    expect(world.approval(1)).toBe('VOID');
    expect(world.table.get(modelKey(model))).toMatchObject({ champion: '9.0.0' });
  });

  it('goes back though the model’s monitoring blocks promotions', async () => {
    const world = new RollbackWorld(quietRoute());
    world.table.put(monitoringKey(model), { ...model, blocked: true });
    expect(await world.rollBack(stable())).toBe('rolled-back');
    expect(await world.version(9)).toMatchObject({ state: 'PRODUCTION' });
  });

  it('is out of traffic and in quarantine in the end', async () => {
    const world = new RollbackWorld(quietRoute());
    const asked = stable();
    expect(await world.rollBack(asked)).toBe('rolled-back');
    expect(await world.route()).toMatchObject({ killEpoch: 1, stable: targetNo(9) });
    expect(await world.route()).not.toHaveProperty('candidate');
    expect(world.table.entries('rollback.step').map(({ data }) => data)).toMatchObject(
      Array.from({ length: 9 }, (_, i) => ({ share: expect.closeTo(0.9 - i / 10, 9) })),
    );
  });

  it('may be killed half way by whoever saw it fail before', async () => {
    const world = new RollbackWorld(quietRoute());
    const [slow, quick] = [stable(), request({ digest: digestNo(1) })];
    await world.begin(slow);
    await world.recede(slow);
    expect(await world.rollBack(quick)).toBe('rolled-back');
    expect(await world.route()).toMatchObject({ generation: 9, stable: targetNo(9) });
    expect(await world.recede(slow)).toEqual({ outcome: 'pre-empted' });
  });

  it('holds where what was before it does not verify', async () => {
    const world = new RollbackWorld(quietRoute());
    world.forged.add('9.0.0');
    const asked = stable();
    await world.begin(asked);
    const before = await world.route();
    expect(await world.recede(asked)).toMatchObject({ outcome: 'hold' });
    expect(await world.recede(asked)).toMatchObject({ outcome: 'hold' });
    expect(await world.route()).toEqual(before);
    expect(world.counts).toEqual([{ RollbackHeld: 1 }]);
  });

  it('goes at once where a trial began since', async () => {
    const world = new RollbackWorld(quietRoute());
    const asked = stable();
    await world.begin(asked);
    const experiments = [sampleExperiment({ leaseUntil: leased() })];
    world.setRoute(quietRoute({ generation: 8, experiments }));
    expect(await world.recede(asked)).toEqual({ outcome: 'empty' });
    expect(await world.kill(asked)).toMatchObject({ outcome: 'rolled-back', to: '9.0.0' });
  });
});
