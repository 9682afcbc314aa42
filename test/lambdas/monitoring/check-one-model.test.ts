import { beforeEach, describe, expect, it } from 'vitest';
import { hourOf, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { checkOneModel } from '../../../lambdas/monitoring/check-one-model.ts';
import { reference, seen, truth } from '../../domain/monitoring/watched-world.ts';
import { busyWorld, type CheckWorld, HOUR, NOON, served } from './check-world.ts';

let world: CheckWorld;
beforeEach(() => {
  world = busyWorld();
});

describe('a check', () => {
  it('reports, records, and tells CloudWatch', async () => {
    expect(await world.check()).toMatchObject({ outcome: 'checked', kinds: ['health'] });
    expect(world.stateOf()).toMatchObject({
      rev: 1,
      version: '1.0.0',
      checkedAt: { health: NOON },
    });
    const [report] = world.reports.get('churn') ?? [];
    expect(report).toMatchObject({ kinds: ['health'], service: { requests: 1000, errorRate: 0 } });
    expect(world.stateOf()?.latest).toMatchObject({ id: report?.id, at: report?.at });
    expect(world.published).toEqual([
      { model: 'churn', values: expect.objectContaining({ CheckHeartbeat: 1, ErrorRate: 0 }) },
    ]);
    expect(world.types()).toEqual(['monitoring.checked']);
  });

  it('is not made before it is due, and changes nothing then', async () => {
    await world.check();
    world.now += HOUR / 20;
    expect((await world.check()).outcome).toBe('not-due');
    expect(world.stateOf()?.rev).toBe(1);
  });

  it('changes nothing for a message that comes late', async () => {
    await world.checkHourly(3);
    const before = world.stateOf();
    const at = new Date(NOON).toISOString();
    expect((await world.check({ at })).outcome).toBe('not-due');
    expect(world.stateOf()).toEqual(before);
  });

  it('is refused for a time that has not come, which would make all others late', async () => {
    const at = new Date(NOON + HOUR).toISOString();
    await expect(world.check({ at })).rejects.toThrow('ahead of');
    expect(world.stateOf()).toBeUndefined();
  });

  it('does nothing for a model without a route', async () => {
    expect(await world.check({ model: 'gone' })).toMatchObject({ outcome: 'not-in-production' });
  });

  it('faults where the registry has other bytes than the route', async () => {
    const ports = {
      ...world.ports,
      registry: { version: async () => ({ ...world.add('other'), model: 'churn' }) },
    };
    await expect(checkOneModel(ports)(world.message())).rejects.toThrow('the registry');
  });

  it('says how the traffic of the hour differs from that of the days before', async () => {
    world.raw.set(hourOf(NOON) - 1, served(250));
    await world.check();
    expect(world.published[0]?.values.TrafficDeviation).toBe(0.75);
  });

  it('counts an outage once, in whichever check it is seen first', async () => {
    const begun = hourOf(NOON);
    world.now = NOON + HOUR / 2;
    world.raw.set(begun, { ...served(500), failures: { threw: 200 } });
    await world.check();
    expect(world.reports.get('churn')?.at(-1)?.service).toMatchObject({ failures: { threw: 200 } });
    world.raw.set(begun, { ...served(1000), failures: { threw: 200 } });
    world.raw.set(begun + 1, served(500));
    world.now += HOUR;
    await world.check();
    expect(world.reports.get('churn')?.at(-1)?.service).toMatchObject({
      ...{ requests: 1000, errorRate: 0, failures: {} },
    });
    expect(world.requested).toEqual([]);
  });

  it('takes what came since the last one, though both are within an hour', async () => {
    const begun = hourOf(NOON);
    world.raw.set(begun, served(300));
    world.now = NOON + HOUR / 6;
    await world.check();
    world.raw.set(begun, { ...served(800), failures: { threw: 450 } });
    world.now += HOUR / 6;
    await world.check();
    const { requests, errorRate } = world.reports.get('churn')?.at(-1)?.service ?? {};
    expect({ requests, errorRate }).toEqual({ requests: 500, errorRate: 0.9 });
  });

  it('that comes late takes no hour that began after its time, and leaves it to the next', async () => {
    const at = new Date(world.now).toISOString();
    world.now += 5 * HOUR;
    await world.check({ at });
    await world.check();
    const all = world.reports.get('churn')?.map(({ service }) => service?.requests);
    expect(all).toEqual([1000, 5000]);
  });

  it('asks for a rollback of the version at the second check that finds harm, and once', async () => {
    const digest = world.versions.get('acme/churn')?.digest;
    world.harm(NOON);
    await world.checkHourly(1);
    expect(world.requested).toEqual([]);
    await world.checkHourly(1);
    expect(world.requested).toHaveLength(1);
    const [request] = world.requested;
    expect(RollbackRequest.parse(request)).toEqual(request);
    expect(request).toMatchObject({
      ...{ tenant: 'acme', model: 'churn', version: '1.0.0', digest, generation: 7 },
      ...{ severity: 'critical', trigger: 'monitoring', actor: 'check-model' },
    });
    expect(world.types()).toContain('drift.detected');
    expect(world.types()).toContain('promotion.blocked');
    expect(world.stateOf()).toMatchObject({ blocked: true, blockedBy: 'errors (critical)' });
    const values = world.published.at(-1)?.values;
    expect(values).toMatchObject({ QualitySeverity: 4, DriftSeverity: 0 });
    await world.checkHourly(1);
    // What is owed is asked for under the same name again, and then no more.
    expect(world.requested.map(({ generation }) => generation)).toEqual([7, 7]);
    expect(world.stateOf()).not.toHaveProperty('owed');
    await world.checkHourly(1);
    expect(world.requested).toHaveLength(2);
  });

  it('lets go of an alarm when no request comes any more, and of its block once one is judged', async () => {
    world.harm(NOON);
    await world.checkHourly(2);
    world.raw.clear();
    await world.checkHourly(23);
    expect(world.stateOf()).toMatchObject({ blocked: true });
    await world.checkHourly(1);
    expect(world.stateOf()).toMatchObject({
      ...{ blocked: true, blockedBy: 'errors (not known)' },
      alarms: { errors: { raised: null } },
    });
    expect(world.types().slice(-2)).toEqual(['monitoring.checked', 'drift.lapsed']);
    expect(world.types()).not.toContain('promotion.unblocked');
    expect(world.published.at(-1)?.values).toMatchObject({ QualitySeverity: 0 });
    const [report] = world.reports.get('churn')?.slice(-1) ?? [];
    expect(report?.alarms).toMatchObject([{ outcome: 'INSUFFICIENT_DATA', change: 'lapsed' }]);
    expect(report?.notes.join()).toContain('How errors stands is not known: it was at critical');
    expect(report?.standing).toEqual([{ watched: 'errors', raised: null, lapsed: 'critical' }]);
    world.raw.set(hourOf(world.now), served(1000));
    await world.checkHourly(1);
    expect(world.stateOf()).toMatchObject({ blocked: false });
    expect(world.types().at(-1)).toBe('promotion.unblocked');
  });

  it('blocks anew when another alarm joins those that block already', async () => {
    world.harm(NOON);
    await world.checkHourly(2);
    const first = world.stateOf()?.blockedSince;
    for (const rows of [2000, 4000]) {
      world.now += 2 * HOUR;
      world.truths = new Map([[hourOf(NOON) - 2, truth(rows, 0.5)]]);
      await world.check({ kinds: ['performance'] });
    }
    const { blockedSince, blockedBy } = world.stateOf() ?? {};
    expect(blockedBy).toBe('accuracy (critical), errors (critical)');
    expect([first, blockedSince]).toEqual(
      [world.now - 4 * HOUR, world.now].map((ms) => new Date(ms).toISOString()),
    );
    expect(world.types().filter((type) => type === 'promotion.blocked')).toHaveLength(2);
  });

  it('begins anew with the next version', async () => {
    world.harm(NOON);
    await world.checkHourly(2);
    world.add('churn', '2.0.0');
    await world.checkHourly(1);
    expect(world.stateOf()).toMatchObject({ version: '2.0.0', blocked: false });
    expect(world.stateOf()?.alarms.errors?.raised).toBeNull();
    expect(world.types()).toContain('promotion.unblocked');
    expect(world.requested).toHaveLength(1);
  });

  it('takes the drift of a day, rolls up what is older, and proposes a training', async () => {
    const of = reference();
    const quiet = sumSeen(of.sha256, [seen(of, 1, { rows: 400 })]);
    for (const hour of world.raw.keys()) {
      world.raw.set(
        hour,
        hour < hourOf(NOON) - 24 ? quiet : seen(of, hour, { rows: 400, shift: 1 }),
      );
    }
    await world.check({ kinds: ['drift'] });
    expect(world.rolled.size).toBe(7 * 24 - 6);
    expect(world.stateOf()?.rolledTo).toBe(hourOf(NOON) - 6);
    world.now += 6 * HOUR;
    await world.check({ kinds: ['drift'] });
    expect(world.rolled.size).toBe(7 * 24);
    expect(world.stateOf()?.alarms['input-drift']?.raised).toBe('critical');
    expect(world.types()).toEqual([
      ...['monitoring.checked', 'monitoring.checked', 'drift.detected'],
      ...['retraining.requested', 'promotion.blocked'],
    ]);
    expect(world.requested).toEqual([]);
  });

  it('rolls back for measured accuracy', async () => {
    world.truths = new Map([[hourOf(NOON) - 2, truth(2000, 0.5)]]);
    await world.check({ kinds: ['performance'] });
    world.now += 2 * HOUR;
    world.truths = new Map([[hourOf(NOON) - 2, truth(4000, 0.5)]]);
    await world.check({ kinds: ['performance'] });
    expect(world.requested[0]?.reason).toContain('accuracy');
    expect(world.published.at(-1)?.values).toMatchObject({ model_prediction_accuracy: 0.5 });
  });

  it('that a person asks for reports at once, and moves and counts nothing', async () => {
    world.harm(NOON - 2 * HOUR);
    await world.check();
    const before = world.stateOf();
    const asked = await world.check({ asked: true, kinds: ['health', 'health'] });
    expect(asked).toMatchObject({ outcome: 'asked', kinds: ['health'] });
    expect(world.stateOf()).toEqual(before);
    expect(world.published).toHaveLength(1);
    expect(world.requested).toEqual([]);
  });
});

describe('a reference that cannot be had', () => {
  it('keeps nobody from seeing that requests fail, and is told of', async () => {
    world.broken.add('reference');
    const all = world.check({ kinds: ['drift', 'performance', 'health', 'dataset'] });
    await expect(all).rejects.toThrow(
      'the rest was checked: drift and performance and dataset: reference is broken',
    );
    expect(world.stateOf()?.checkedAt).toEqual({ health: NOON });
    expect(world.published).toHaveLength(1);
    const again = world.check({ kinds: ['drift', 'health'] });
    await expect(again).rejects.toThrow('nothing was checked');
    world.broken.clear();
    expect(await world.check({ kinds: ['drift', 'health'] })).toMatchObject({
      kinds: ['drift', 'performance', 'dataset'],
    });
  });
});

describe('a result of the performance gate that was altered', () => {
  it('keeps nobody from judging errors, and is told of', async () => {
    const ports = {
      ...world.ports,
      results: { get: async () => Promise.reject(new Error('EvidenceAltered')) },
    };
    const check = checkOneModel(ports)(world.message());
    await expect(check).rejects.toThrow('the rest was checked: health: EvidenceAltered');
    expect(world.stateOf()?.checkedAt).toEqual({ health: NOON });
    const [report] = world.reports.get('churn') ?? [];
    expect(report?.notes.join()).toContain('not compared with that of the performance gate');
    expect(report?.alarms).toMatchObject([{ watched: 'errors' }, { watched: 'latency' }]);
  });
});

describe('a window that cannot be read', () => {
  it('keeps the other kinds of check from nothing, and is told of', async () => {
    const { truths: _, ...ports } = world.ports;
    const of = async () => Promise.reject(new Error('truths are broken'));
    const check = checkOneModel({ ...ports, truths: { of } });
    const message = world.message({ kinds: ['performance', 'health'] });
    await expect(check(message)).rejects.toThrow('the rest was checked: performance: truths are');
    expect(world.stateOf()?.checkedAt).toEqual({ health: NOON });
    await expect(check(message)).rejects.toThrow('nothing was checked: performance: truths are');
  });
});
