import { beforeEach, describe, expect, it } from 'vitest';
import { ROLES } from '#domain/access/person.ts';
import type { ExperimentRecord } from '#domain/experiments/record.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import { startAtShare } from '#domain/serving/routing/start-at-share.ts';
import { carrying, planned, running, scorePlan } from '../../domain/experiments/sample-record.ts';
import { claimsOf, RIVAL, version, World } from './world.ts';

const PATH = '/models/fraud/experiments';
const AT = { ms: Date.parse('2026-01-01T00:00:00.000Z'), iso: '2026-01-01T00:00:00.000Z' };
const ADMITTED = { admission: { key: 'a', versionId: 'v1', sha256: 'aa'.repeat(32) } };
const digestOf = (digit: string) => parseDigest(digit.repeat(64));
const control = { version: '1.0.0', digest: digestOf('1') };

let world: World;
beforeEach(() => {
  world = new World();
  world.versions.splice(
    0,
    1,
    version({ ...control, ...ADMITTED, state: 'PRODUCTION' }),
    version({ version: '0.9.0', digest: digestOf('9'), ...ADMITTED, state: 'DEPRECATED' }),
    version({ version: '0.8.0', digest: digestOf('8'), ...ADMITTED, state: 'DEPRECATED' }),
    version({ version: '2.0.0', digest: digestOf('2'), ...ADMITTED, state: 'STAGING' }),
  );
  world.routes.set('acme/fraud', firstRoute({ tenant: 'acme', model: 'fraud' }, control, AT));
});

const create = (body: object, claims?: unknown) =>
  world.post(PATH, { treatments: ['0.9.0'], ...body }, claims);

/** A record of `scorePlan` under the API's model. */
function hold(make: (plan: ReturnType<typeof scorePlan>) => ExperimentRecord): ExperimentRecord {
  const plan = scorePlan({ model: 'fraud' });
  const record = make(plan);
  world.experiments.records.set(record.id, record);
  return record;
}

describe('POST /models/{model}/experiments', () => {
  it('plans what is not said as strictly as the policy asks, and begins', async () => {
    const { status, body } = await create({ id: 'colour' });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      id: 'colour',
      status: 'PLANNED',
      control: '1.0.0',
      treatments: ['0.9.0'],
      metric: { id: 'score', kind: 'mean', better: 'higher' },
      creator: 'ana',
      plan: {
        allocation: { kind: 'fixed', split: 0.1 },
        guardrails: ['failures', 'latency'],
        alpha: 0.05,
        unitsMin: 1000,
        hours: { min: 24, max: 168 },
      },
      arms: [{ name: '0.9.0' }, { name: 'control', version: '1.0.0' }],
    });
    expect(world.looked).toEqual([{ id: 'colour', why: 'begin' }]);
    expect(world.experiments.written).toEqual([{ what: 'created', actor: 'ana' }]);
  });

  it('names it where nobody does', async () => {
    const { body } = await create({});
    expect(body).toMatchObject({ id: expect.stringMatching(/^x-[0-9a-z]+$/) });
  });

  it('takes a bandit on events, a segment with its types, and failures', async () => {
    const segment = { op: 'eq', attribute: 'country', value: 'DE' };
    await create({ id: 'one', bandit: { kind: 'thompson' }, segment });
    expect(world.experiments.records.get('one')?.plan).toMatchObject({
      allocation: { kind: 'thompson', floor: 0.01, batchMinutes: 10 },
      metric: { id: 'score', kind: 'events', better: 'higher' },
      attributes: { country: 'string' },
    });
    await create({ id: 'two', metric: { id: 'failures' } });
    expect(world.experiments.records.get('two')?.plan.metric).toEqual({
      id: 'failures',
      kind: 'events',
      better: 'lower',
    });
  });

  it('shares the policy’s part out between several treatments', async () => {
    await create({ id: 'three', treatments: ['0.9.0', '0.8.0'], split: 0.05 });
    const plan = world.experiments.records.get('three')?.plan;
    expect(plan?.treatments.map(({ name }) => name)).toEqual(['0.9.0', '0.8.0']);
    expect(plan?.allocation).toEqual({ kind: 'fixed', split: 0.05 });
  });

  it.each<[string, object, number, RegExp]>([
    ['a version that is not there', { treatments: ['7.0.0'] }, 404, /7\.0\.0/],
    ['text that is no version', { treatments: ['seven'] }, 400, /semantic versioning/],
    ['a version without an approval', { treatments: ['2.0.0'] }, 409, /APPROVED/],
    ['the version that is stable', { treatments: ['1.0.0'] }, 422, /differ in digest/],
    ['the same version twice', { treatments: ['0.9.0', '0.9.0'] }, 422, /differ in name/],
    ['a share beyond the policy', { split: 0.2 }, 422, /allocation\.split/],
    ['less time than the policy asks', { hours: { min: 1, max: 168 } }, 422, /hours\.min/],
    ['a metric that nothing measures', { metric: { id: 'revenue' } }, 422, /metric\.id/],
    ['a guardrail that nothing measures', { guardrails: ['revenue'] }, 422, /guardrails\[0\]/],
    ['promotion that the policy leaves to people', { autoPromote: true }, 422, /autoPromote/],
    ['an unknown field', { weight: 1 }, 400, /unknown field/],
    ['a segment that is code', { segment: 'country == "DE"' }, 400, /segment/],
  ])('refuses %s', async (_, body, status, says) => {
    const answer = await create(body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toMatch(says);
    expect(world.experiments.records.size).toBe(0);
    expect(world.looked).toEqual([]);
  });

  it('promotes by itself versions in STAGING alone', async () => {
    const overlay = { experiments: { autoPromotion: true } };
    world.policies.held.set('acme/fraud', { revision: 1, overlay });
    const { status, body } = await create({ autoPromote: true });
    expect(status).toBe(422);
    expect(body).toMatchObject({ problems: [{ field: 'autoPromote' }] });
  });

  it('refuses what the route has no room for', async () => {
    const route = world.routes.get('acme/fraud');
    if (!route) throw new Error('no route');
    const target = { version: '2.0.0', digest: digestOf('2') };
    const start = { seen: route, target, leaseSeconds: 60, share: 0.05 };
    const begun = startAtShare(route, start, AT);
    if (!begun.ok) throw new Error(begun.refusal.message);
    world.routes.set('acme/fraud', begun.route);
    const { status, body } = await create({});
    expect(status).toBe(409);
    expect(body).toMatchObject({ detail: expect.stringContaining('finish that rollout first') });
    world.routes.clear();
    expect((await create({})).status).toBe(409);
  });

  it('begins the same plan again where that was not heard, and no other of its id', async () => {
    await create({ id: 'colour' });
    expect((await create({ id: 'colour' })).status).toBe(202);
    expect(world.looked).toHaveLength(2);
    expect((await create({ id: 'colour', split: 0.05 })).status).toBe(409);
  });
});

describe('GET /models/{model}/experiments', () => {
  it('lists them, newest first', async () => {
    await create({ id: 'one' });
    await create({ id: 'two' });
    expect((await world.get(PATH)).body).toMatchObject({ items: [{ id: 'two' }, { id: 'one' }] });
  });

  it('shows what the last look found', async () => {
    const plan = scorePlan({ model: 'fraud' });
    const route = carrying(plan);
    world.routes.set('acme/fraud', route);
    hold(() =>
      running(plan, {
        last: {
          at: AT.iso,
          evidence: {
            arms: [
              { name: 'bold', units: 1200, mean: 0.6, difference: { low: 0.01, high: 0.2 } },
              { name: 'control', units: 9000, mean: 0.5 },
            ],
            guardrails: [{ id: 'failures', treatment: 'bold', harmed: false, lnE: -1 }],
            trafficSound: true,
          },
          missing: ['24 h, got 1.0 h'],
        },
      }),
    );
    const { status, body } = await world.get(`${PATH}/colour`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'RUNNING',
      startedAt: AT.iso,
      nextLookAt: '2026-01-01T00:05:00.000Z',
      endsAt: '2026-01-08T00:00:00.000Z',
      leaseUntil: '2026-01-01T00:06:00.000Z',
      missing: ['24 h, got 1.0 h'],
      trafficSound: true,
      arms: [
        {
          name: 'bold',
          version: '2.0.0',
          weight: 0.1,
          units: 1200,
          mean: 0.6,
          difference: { low: 0.01, high: 0.2 },
          guardrails: [{ id: 'failures', harmed: false }],
        },
        { name: 'control', version: '1.0.0', weight: 0.9, guardrails: [] },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('"PK"');
  });

  it('is nobody else’s', async () => {
    hold(planned);
    expect((await world.get(PATH, RIVAL)).body).toEqual({ items: [] });
    expect((await world.get(`${PATH}/colour`, RIVAL)).status).toBe(404);
    expect((await world.post(`${PATH}/colour/stop`, {}, RIVAL)).status).toBe(404);
    expect((await create({}, RIVAL)).status).toBe(404);
    expect(world.looked).toEqual([]);
  });
});

describe('POST /models/{model}/experiments/{id}/stop', () => {
  const stop = (body: object = { reason: 'enough' }) => world.post(`${PATH}/colour/stop`, body);

  it('has the one that runs looked at for the last time, and answers its analysis', async () => {
    hold(running);
    const { status, body } = await stop();
    expect(status).toBe(202);
    expect(body).toMatchObject({
      status: 'RUNNING',
      stop: { by: 'ana', reason: 'enough' },
      arms: [{}, {}],
    });
    expect(world.looked).toEqual([{ id: 'colour', why: 'stop-2' }]);
    expect((await stop()).status).toBe(202);
    expect(world.looked.at(-1)).toEqual({ id: 'colour', why: 'stop-3' });
    expect(world.experiments.written).toEqual([{ what: 'stopping', actor: 'ana' }]);
  });

  it('ends at once what has not begun', async () => {
    hold(planned);
    expect(await stop({})).toMatchObject({
      status: 200,
      body: { status: 'ABORTED', reason: 'person', stop: { reason: 'stopped by ana' } },
    });
    expect(world.looked).toEqual([]);
  });

  it('leaves alone what is over', async () => {
    hold((plan) =>
      running(plan, {
        state: { status: 'CONCLUDED', outcome: 'no-winner', startedAt: 0, endedAt: 1 },
      }),
    );
    expect(await stop()).toMatchObject({
      status: 200,
      body: { status: 'CONCLUDED', outcome: 'no-winner' },
    });
    expect(world.experiments.written).toEqual([]);
  });

  it('asks again where a look came first', async () => {
    hold(running);
    world.experiments.before = () => {
      const record = world.experiments.records.get('colour');
      if (record) world.experiments.records.set('colour', { ...record, rev: record.rev + 1 });
    };
    expect((await stop()).status).toBe(202);
  });
});

const MAY = ['data_scientist', 'ml_engineer', 'senior_engineer'];

describe.each(ROLES)('%s', (role) => {
  const claims = claimsOf('sub-ana', 'acme', role);

  it('may look', async () => {
    expect((await world.get(PATH, claims)).status).toBe(200);
  });

  it(`${MAY.includes(role) ? 'may' : 'may not'} experiment`, async () => {
    expect((await create({}, claims)).status).toBe(MAY.includes(role) ? 202 : 403);
    hold(planned);
    const { status } = await world.post(`${PATH}/colour/stop`, {}, claims);
    expect(status).toBe(MAY.includes(role) ? 200 : 403);
  });
});
