import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aliasKey, digestKey, policyKey } from '#domain/registry/keys.ts';
import { act } from '../../../lambdas/act.ts';
import { promoteVersion } from '../../../lambdas/rollout/promote-version.ts';
import { targetNo } from '../../domain/serving/routing/sample-route.ts';
import { BLOCK, EXECUTION, model, RolloutWorld, rollout } from './rollout-world.ts';

let world: RolloutWorld;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  world = await new RolloutWorld().ready();
  await world.begin();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Proves the candidate step by step. */
async function prove(): Promise<void> {
  for (let looks = 0; looks < 10; looks++) {
    await world.serveWell();
    world.pass(20);
    if ((await world.look()).outcome === 'promote') return;
  }
  throw new Error('it was never proven');
}

/** The same of a model that is blocked, whose step to all traffic a person lets begin. */
async function letTakeAll(): Promise<void> {
  world.setBlocked(true);
  for (let looks = 0; looks < 20; looks++) {
    await world.serveWell();
    world.pass(30);
    if ((await world.look()).outcome === 'promote') return;
    const record = await world.record();
    if (record.asked) await world.rollouts.allow(record, 5, act('mia'), 'seen by hand');
  }
  throw new Error('it was never proven');
}

describe('a version that is proven', () => {
  it('becomes PRODUCTION in one transaction, which also ends its rollout', async () => {
    await prove();
    const before = await world.route();
    expect(await world.promote()).toEqual({ outcome: 'promoted', predecessor: '1.0.0' });
    const route = await world.route();
    expect(route).toMatchObject({
      generation: before.generation + 1,
      stable: targetNo(2),
      previous: targetNo(1),
    });
    expect(route).not.toHaveProperty('candidate');
    expect((await world.version(2)).state).toBe('PRODUCTION');
    expect((await world.version(1)).state).toBe('DEPRECATED');
    expect(world.table.get(aliasKey(model, 'champion'))).toMatchObject({ version: '2.0.0' });
    expect(await world.record()).toMatchObject({
      status: 'PROMOTED',
      counted: {},
      ended: { by: 'promote-version', reason: expect.stringMatching(/^look \d+ proved it/) },
    });
    expect(world.audit().slice(-2).sort()).toEqual(['rollout.completed', 'version.state.changed']);
  });

  it('is promoted already when the task is only retried', async () => {
    await prove();
    await world.promote();
    const { length } = world.audit();
    expect(await world.promote()).toEqual({ outcome: 'promoted', predecessor: '1.0.0' });
    expect(world.audit()).toHaveLength(length);
  });

  it('has its promotion by a person, where one gave leave', async () => {
    await prove();
    const record = await world.record();
    const { last } = record;
    if (!last) throw new Error('no look');
    const unproven = { ...record, last: { ...last, outcome: 'INSUFFICIENT' } } as const;
    world.table.put({ PK: 'T#acme#RO#churn', SK: `ROLLOUT#${rollout.id}` }, unproven);
    expect(await world.promote()).toMatchObject({ outcome: 'again' });
    await world.rollouts.allow(await world.record(), 6, act('mia'));
    expect(await world.promote()).toMatchObject({ outcome: 'promoted' });
    expect((await world.record()).ended?.reason).toContain('a person');
  });
});

describe('nothing is promoted', () => {
  it.each<[string, () => Promise<unknown> | unknown]>([
    ['that is not proven yet', () => undefined],
    [
      'while it is paused',
      async () => {
        await prove();
        await world.rollouts.pause(await world.record(), act('mia'), 'stop');
      },
    ],
    [
      'whose lease has run out',
      async () => {
        await prove();
        world.pass(3600);
      },
    ],
  ])('%s: it is looked at again', async (_, prepare) => {
    await prepare();
    expect(await world.promote()).toEqual({ outcome: 'again', seconds: 20 });
    expect((await world.version(2)).state).toBe('STAGING');
  });

  it.each<[string, () => void, RegExp]>([
    ['whose approval is void', () => world.setApproval(2, 'VOID'), /no longer APPROVED/],
    [
      'that has another approval',
      () => world.setVersion(2, 'STAGING', { approval: 'approval-9' }),
      /another approval/,
    ],
    [
      'under another policy',
      () => world.table.put(policyKey(model), { revision: 2 }),
      /policy changed/,
    ],
    [
      'in quarantine',
      () => world.table.put(digestKey('acme', targetNo(2).digest), { quarantinedUntil: 9e15 }),
      /quarantine/,
    ],
    ['that left STAGING', () => world.setVersion(2, 'FAILED'), /FAILED/],
  ])('%s: it is withdrawn, and keeps what people agreed to', async (_, prepare, reason) => {
    await prove();
    prepare();
    expect(await world.promote()).toMatchObject({
      outcome: 'blocked',
      reason: expect.stringMatching(reason),
      name: expect.any(String),
      rollback: { ...targetNo(2), abort: true, severity: 'critical', trigger: 'look' },
    });
    expect((await world.route()).stable.version).toBe('1.0.0');
    expect((await world.record()).status).toBe('RUNNING');
  });

  it('that was ended, or is another execution’s', async () => {
    await prove();
    await world.begin(rollout, `${EXECUTION}-2`);
    expect(await world.promote()).toMatchObject({ outcome: 'ended' });
    const ending = { status: 'ABORTED', by: 'mia', reason: 'no' } as const;
    await world.rollouts.end(await world.record(), ending, act('mia'));
    expect(await world.promote(`${EXECUTION}-2`)).toMatchObject({ outcome: 'ended' });
    expect((await world.route()).stable.version).toBe('1.0.0');
  });
});

describe('a version of a model that is blocked', () => {
  it('is not promoted: the next look asks a person', async () => {
    await prove();
    world.setBlocked(true);
    expect(await world.promote()).toEqual({ outcome: 'again', seconds: 20 });
    expect((await world.version(2)).state).toBe('STAGING');
    await world.serveWell();
    world.pass(30);
    expect((await world.look()).outcome).toBe('wait');
    expect((await world.record()).asked?.reason).toMatch(/^the step of 100 % is done, but since/);
  });

  it('is promoted by a person’s leave, which its end says', async () => {
    await prove();
    world.setBlocked(true);
    await world.serveWell();
    world.pass(30);
    await world.look();
    await world.rollouts.allow(await world.record(), 6, act('mia'), 'seen by hand');
    expect(await world.promote()).toMatchObject({ outcome: 'promoted' });
    expect((await world.record()).ended?.reason).toBe(
      'a person let it be promoted although promotions are blocked by input-drift (page)',
    );
    expect(world.table.entries('rollout.completed')[0]?.data).toMatchObject({ byLeave: true });
  });

  it('is promoted by the leave that gave it all traffic despite the same block', async () => {
    await letTakeAll();
    expect((await world.record()).asked).toBeUndefined();
    expect(await world.promote()).toMatchObject({ outcome: 'promoted' });
    expect(world.table.entries('rollout.completed')[0]?.data).toMatchObject({
      ...{ byLeave: true, despite: BLOCK },
    });
  });

  it('is not promoted by that leave once another block has begun', async () => {
    await letTakeAll();
    world.setBlocked(true, '2026-01-02T00:00:00.000Z');
    expect(await world.promote()).toMatchObject({ outcome: 'again' });
    expect((await world.version(2)).state).toBe('STAGING');
  });

  it('is not promoted where another block comes between the reading and the writing', async () => {
    await letTakeAll();
    const activations = {
      activate: async (...args: Parameters<typeof world.ports.activations.activate>) => {
        world.setBlocked(true, '2026-01-02T00:00:00.000Z');
        return world.ports.activations.activate(...args);
      },
    };
    const ports = { ...world.ports, activations };
    expect(await promoteVersion(ports)({ rollout, execution: EXECUTION })).toMatchObject({
      outcome: 'again',
    });
    expect((await world.version(2)).state).toBe('STAGING');
  });

  it('is not promoted by leave that was given before the block began', async () => {
    await prove();
    await world.rollouts.allow(await world.record(), 6, act('mia'), 'few users');
    world.setBlocked(true);
    expect(await world.promote()).toMatchObject({ outcome: 'again' });
  });

  it('is not promoted by leave for the step before that nothing stood against', async () => {
    await prove();
    world.setBlocked(true);
    await world.rollouts.allow(await world.record(), 5, act('mia'), 'seen by hand');
    expect(await world.promote()).toMatchObject({ outcome: 'again' });
  });

  it('is not promoted where the block comes between the reading and the writing', async () => {
    await prove();
    const transact = world.ports.activations.activate;
    const blocking = {
      activate: async (...args: Parameters<typeof transact>) => {
        world.setBlocked(true);
        return world.ports.activations.activate(...args);
      },
    };
    const ports = { ...world.ports, activations: blocking };
    expect(await promoteVersion(ports)({ rollout, execution: EXECUTION })).toMatchObject({
      outcome: 'again',
    });
    expect((await world.version(2)).state).toBe('STAGING');
    expect((await world.route()).stable.version).toBe('1.0.0');
  });
});

it('heeds a pause that comes between its reading and its writing', async () => {
  await prove();
  let requests = 0;
  world.table.before = async () => {
    if (++requests !== 3) return;
    world.table.before = async () => {};
    await world.rollouts.pause(await world.record(), act('mia'), 'stop');
  };
  expect(await world.promote()).toMatchObject({ outcome: 'again' });
  expect((await world.version(2)).state).toBe('STAGING');
});
