import { beforeEach, describe, expect, it } from 'vitest';
import { sumSeen } from '#domain/monitoring/capture/seen.ts';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { checkModels } from '../../../lambdas/monitoring/check-model.ts';
import { checkOneModel } from '../../../lambdas/monitoring/check-one-model.ts';
import { reference, seen, truth } from '../../domain/monitoring/watched-world.ts';
import { CheckWorld, HOUR, NOON, OFTEN, served } from './check-world.ts';

const hourOf = (ms: number) => Math.floor(ms / HOUR);

let world: CheckWorld;
beforeEach(() => {
  world = new CheckWorld();
  world.add('churn');
  world.overlay = OFTEN;
  for (let hour = hourOf(NOON) - 200; hour < hourOf(NOON) + 48; hour++) {
    world.raw.set(hour, served(1000));
  }
});

/** Every request fails from an hour on. */
function harm(from: number): void {
  for (let hour = hourOf(from); hour < hourOf(from) + 24; hour++) {
    world.raw.set(hour, served(1000, 0.9));
  }
}

/** Checks each hour, from the hour that begins now. */
async function checkHourly(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    world.now += HOUR;
    await world.check();
  }
}

/** Entries of one transaction have one time; their names grow in the order that they were made in. */
const types = () =>
  world.table
    .entries()
    .sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
    .map(({ type }) => type);

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
    expect(types()).toEqual(['monitoring.checked']);
  });

  it('is not made before it is due, and changes nothing then', async () => {
    await world.check();
    world.now += HOUR / 20;
    expect((await world.check()).outcome).toBe('not-due');
    expect(world.stateOf()?.rev).toBe(1);
  });

  it('that is not due lets the heart beat, and tells nothing else', async () => {
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

  it('that is not due does not beat while another is overdue, by the time that it is', async () => {
    await world.check({ kinds: ['drift', 'performance', 'health'] });
    world.overlay = { driftHours: 6, performanceHours: 48, healthMinutes: 2880 };
    const at = new Date(NOON + HOUR).toISOString();
    world.now += 19 * HOUR;
    const late = await world.check({ kinds: ['health'], at });
    expect(late).toMatchObject({ outcome: 'not-due', overdue: ['drift'] });
    expect(world.published).toHaveLength(1);
  });

  it('changes nothing for a message that comes late', async () => {
    await checkHourly(3);
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
    harm(NOON);
    await checkHourly(1);
    expect(world.requested).toEqual([]);
    await checkHourly(1);
    expect(world.requested).toHaveLength(1);
    const [request] = world.requested;
    expect(RollbackRequest.parse(request)).toEqual(request);
    expect(request).toMatchObject({
      ...{ tenant: 'acme', model: 'churn', version: '1.0.0', digest, generation: 7 },
      ...{ severity: 'critical', trigger: 'monitoring', actor: 'check-model' },
    });
    expect(types()).toContain('drift.detected');
    expect(types()).toContain('promotion.blocked');
    expect(world.stateOf()).toMatchObject({ blocked: true, blockedBy: 'errors (critical)' });
    const values = world.published.at(-1)?.values;
    expect(values).toMatchObject({ QualitySeverity: 4, DriftSeverity: 0 });
    await checkHourly(1);
    // What is owed is asked for under the same name again, and then no more.
    expect(world.requested.map(({ generation }) => generation)).toEqual([7, 7]);
    expect(world.stateOf()).not.toHaveProperty('owed');
    await checkHourly(1);
    expect(world.requested).toHaveLength(2);
  });

  it('lets go of an alarm and its block when no request comes any more', async () => {
    harm(NOON);
    await checkHourly(2);
    world.raw.clear();
    await checkHourly(23);
    expect(world.stateOf()).toMatchObject({ blocked: true });
    await checkHourly(1);
    expect(world.stateOf()).toMatchObject({ blocked: false, alarms: { errors: { raised: null } } });
    expect(types().slice(-3)).toEqual([
      ...['monitoring.checked', 'drift.cleared', 'promotion.unblocked'],
    ]);
    const [report] = world.reports.get('churn')?.slice(-1) ?? [];
    expect(report?.alarms).toMatchObject([{ outcome: 'INSUFFICIENT_DATA', change: 'cleared' }]);
    expect(report?.notes.join()).toContain('The alarm of errors is over');
  });

  it('blocks anew when another alarm joins those that block already', async () => {
    harm(NOON);
    await checkHourly(2);
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
    expect(types().filter((type) => type === 'promotion.blocked')).toHaveLength(2);
  });

  it('begins anew with the next version', async () => {
    harm(NOON);
    await checkHourly(2);
    world.add('churn', '2.0.0');
    await checkHourly(1);
    expect(world.stateOf()).toMatchObject({ version: '2.0.0', blocked: false });
    expect(world.stateOf()?.alarms.errors?.raised).toBeNull();
    expect(types()).toContain('promotion.unblocked');
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
    expect(types()).toEqual([
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
    harm(NOON - 2 * HOUR);
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

  it('lets the heart beat where it is the dataset’s alone, and no other was due', async () => {
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
    expect(types()).toEqual(['monitoring.faulted']);
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
    harm(NOON);
    await checkHourly(2);
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
    expect(types().slice(-2)).toEqual(['monitoring.faulted', 'promotion.unblocked']);
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
    expect(types()).toEqual(['monitoring.checked']);
  });

  it('is told of with what kept its mark from being written', async () => {
    world.broken.add('reference');
    world.broken.add('record');
    await expect(world.check({ kinds: ['drift'] })).rejects.toThrow(
      'drift: reference is broken; drift: it could not be recorded that they fault: record is broken',
    );
  });

  it('stops the heart once it is overdue, whatever else is checked, until it is made again', async () => {
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

describe('a check that breaks off', () => {
  it.each(['save', 'record', 'metrics', 'rollback'])(
    'at %s is made up for when its message comes again',
    async (step) => {
      harm(NOON);
      await checkHourly(1);
      world.now += HOUR;
      world.broken.add(step);
      await expect(world.check()).rejects.toThrow();
      world.broken.clear();
      await world.check();

      expect(world.stateOf()?.alarms.errors?.raised).toBe('critical');
      expect(world.reports.get('churn')).toHaveLength(2);
      expect(types().filter((type) => type === 'drift.detected')).toHaveLength(1);
      expect(world.published.at(-1)?.values).toMatchObject({ QualitySeverity: 4 });
      expect(new Set(world.requested.map(({ reason }) => reason)).size).toBe(1);
    },
  );

  it('asks for the rollback though CloudWatch takes nothing', async () => {
    harm(NOON);
    await checkHourly(1);
    world.now += HOUR;
    world.broken.add('metrics');
    await expect(world.check()).rejects.toThrow('metrics is broken');
    expect(world.requested).toHaveLength(1);
  });

  it('tells of its own report, whatever a person has asked for since', async () => {
    world.broken.add('metrics');
    await expect(world.check()).rejects.toThrow();
    world.broken.clear();
    const at = new Date(world.now).toISOString();
    world.now += HOUR / 60;
    await world.check({ asked: true });
    expect(await world.check({ at })).toMatchObject({ outcome: 'told-again' });
    expect(world.published.at(-1)?.values).toMatchObject({ CheckHeartbeat: 1, ErrorRate: 0 });
  });

  it('keeps owing the rollback while it cannot be asked for, and goes on checking', async () => {
    harm(NOON);
    await checkHourly(1);
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
    await checkHourly(1);
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
    expect(types()).toEqual(['monitoring.checked']);
  });
});

describe('a batch', () => {
  const record = (messageId: string, body: unknown) => ({
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const errors: unknown[] = [];
  const run = (Records: readonly { messageId: string; body: string }[]) =>
    checkModels({
      check: checkOneModel(world.ports),
      log: { error: (...args: unknown[]) => void errors.push(args) },
    })({ Records: [...Records] });

  it('has each model checked by itself: what cannot be read, or faults, comes again alone', async () => {
    world.add('broken');
    world.broken.add('window of broken');
    const { batchItemFailures, outcomes } = await run([
      record('1', 'no JSON'),
      record('2', { tenant: 'acme' }),
      record('3', world.message({ model: 'broken' })),
      record('4', world.message()),
    ]);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '2', '3']);
    expect(outcomes).toMatchObject([{ model: 'churn', outcome: 'checked' }]);
    expect(errors).toHaveLength(3);
  });

  it('of 500 models checks all but one whose window is broken, beside a poisoned message', async () => {
    const models = Array.from({ length: 500 }, (_, i) => `model-${i}`);
    for (const model of models) world.add(model);
    world.broken.add('window of model-250');
    const bodies: unknown[] = models.map((model) => world.message({ model }));
    bodies.splice(100, 0, '{"tenant":');
    const failed: string[] = [];
    for (let at = 0; at < bodies.length; at += 5) {
      const batch = bodies.slice(at, at + 5).map((body, i) => record(String(at + i), body));
      const { batchItemFailures } = await run(batch);
      failed.push(...batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    }
    expect(failed).toEqual(['100', '251']);
    const checked = models.filter((model) => world.stateOf(model)?.latest !== undefined);
    expect(checked).toHaveLength(499);
    expect(world.published).toHaveLength(499);
  });
});
