import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PolicyLayer } from '#domain/gates/policy.ts';
import { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { EVERY_MODEL } from '#domain/registry/keys.ts';
import { DIGEST } from '../access/fake-approvals.ts';
import { alarmOf, reportNo, stateOf } from './fake-monitoring.ts';
import { claimsOf, RIVAL, version, World } from './world.ts';

const PATH = '/models/fraud/monitoring';
const AT = '2026-01-01T00:00:00.000Z';
const LAPSED = { level: 'warn', at: AT } as const;

let world: World;
beforeEach(() => {
  world = new World();
  world.champions.set('acme/fraud', '1.0.0');
});

describe('GET /models/{model}/monitoring', () => {
  it('tells what is watched, the gravest first, and what follows from it', async () => {
    world.watch.states.push(
      stateOf({
        alarms: {
          errors: alarmOf(null, 0.2),
          'input-drift': alarmOf('page', 2.5),
          'prediction-drift': alarmOf('warn', 1.2),
          latency: { ...alarmOf(null, 0.7), lapsed: LAPSED },
        },
        blocked: true,
        blockedSince: AT,
        blockedBy: 'input-drift (page)',
        proposals: { proposedAt: [Date.parse(AT)] },
      }),
    );
    world.watch.held.push(reportNo(1), reportNo(2));
    expect(await world.get(PATH)).toEqual({
      status: 200,
      body: {
        model: 'fraud',
        version: '1.0.0',
        digest: DIGEST,
        alarms: [
          { watched: 'input-drift', raised: 'page', since: AT, checkedAt: AT, ratio: 2.5 },
          { watched: 'prediction-drift', raised: 'warn', since: AT, checkedAt: AT, ratio: 1.2 },
          { watched: 'latency', raised: null, lapsed: LAPSED, checkedAt: AT, ratio: 0.7 },
          { watched: 'errors', raised: null, checkedAt: AT, ratio: 0.2 },
        ],
        blocked: { since: AT, by: 'input-drift (page)' },
        retrainings: [AT],
        checkedAt: { drift: AT, health: '2026-01-01T01:00:00.000Z' },
        overdue: ['drift', 'health'],
        updatedAt: AT,
        latest: {
          ...{ id: reportNo(2).id, at: reportNo(2).at, kinds: ['drift'], version: '1.0.0' },
          ...{ digest: DIGEST, outcome: 'INSUFFICIENT_DATA', level: 'none', drifted: [] },
        },
      },
    });
  });

  it('says which version serves where another was checked, whose block is over', async () => {
    const blocked = { blocked: true, blockedSince: AT, blockedBy: 'errors (critical)' };
    world.watch.states.push(stateOf({ version: '0.9.0', ...blocked }));
    const { body } = await world.get(PATH);
    expect(body).toMatchObject({ version: '0.9.0', serving: '1.0.0' });
    expect(body).not.toHaveProperty('blocked');
  });

  it('says since when a check cannot be made, which checks nothing', async () => {
    const [since, at] = [Date.parse(AT), Date.parse(AT) + 3_600_000];
    const faulted = { drift: { since, at } };
    world.watch.states.push(stateOf({ checkedAt: {}, faulted }));
    const { body } = await world.get(PATH);
    expect(body).toMatchObject({
      ...{ checkedAt: {}, faulted: { drift: { since: AT, at: '2026-01-01T01:00:00.000Z' } } },
    });
    expect(body).not.toHaveProperty('updatedAt');
  });

  it('says which checks are overdue, by the policy of its tenant and of the model', async () => {
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
    world.watch.states.push(
      stateOf({
        watchedSince: hoursAgo(600),
        checkedAt: { drift: hoursAgo(100), health: hoursAgo(100), performance: hoursAgo(1) },
      }),
    );
    const overdue = async () => {
      const { body } = await world.get(PATH);
      const { body: all } = await world.get('/monitoring');
      expect(all).toMatchObject({ items: [{ overdue: (body as { overdue: string[] }).overdue }] });
      return (body as { overdue: string[] }).overdue;
    };
    expect(await overdue()).toEqual(['drift', 'health', 'dataset']);
    const held = (model: string, overlay: PolicyLayer['overlay']) =>
      world.policies.held.set(`acme/${model}`, { revision: 1, ...(overlay && { overlay }) });
    held(EVERY_MODEL, { monitoring: { driftHours: 48 } });
    expect(await overdue()).toEqual(['health', 'dataset']);
    held('fraud', { monitoring: { healthMinutes: 2880 } });
    expect(await overdue()).toEqual(['dataset']);
  });

  it('says of a model that nobody has checked only which version serves', async () => {
    expect((await world.get(PATH)).body).toEqual({
      ...{ model: 'fraud', version: '1.0.0', alarms: [], retrainings: [], overdue: [] },
    });
  });

  it.each(['/models/none/monitoring', '/models/FRAUD/monitoring'])(
    'is 404 where there is no such model: %s',
    async (path) => {
      expect((await world.get(path)).status).toBe(404);
    },
  );

  it('is nobody else’s, in the words for what does not exist', async () => {
    world.watch.states.push(stateOf());
    const foreign = await world.get(PATH, RIVAL);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(await world.get('/models/none/monitoring', RIVAL));
  });
});

describe('GET /monitoring', () => {
  it('lists what serves, checked or not, and where it is drawn', async () => {
    world.versions.push(version({ model: 'churn' }), version({ model: 'draft' }));
    world.champions.set('acme/churn', '1.0.0');
    world.watch.states.push(stateOf({ alarms: { latency: alarmOf('warn', 1.1) } }));
    expect((await world.get('/monitoring')).body).toMatchObject({
      items: [
        { model: 'fraud', updatedAt: AT, alarms: [{ watched: 'latency', raised: 'warn' }] },
        { model: 'churn', version: '1.0.0', alarms: [] },
      ],
      dashboard: { region: 'eu-west-1', name: 'Assay' },
    });
  });

  it('has nothing of another tenant', async () => {
    world.watch.states.push(stateOf());
    expect((await world.get('/monitoring', RIVAL)).body).toMatchObject({ items: [] });
  });

  it('refuses a cursor of another list, or of another tenant', async () => {
    const cursor = Buffer.from(
      JSON.stringify({ PK: 'T#acme#M#fraud', SK: 'META', G2PK: 'T#acme#MODEL#ACTIVE', G2SK: '1' }),
    ).toString('base64url');
    expect((await world.get(`/monitoring?cursor=${cursor}`)).status).toBe(200);
    expect((await world.get(`/monitoring?cursor=${cursor}`, RIVAL)).status).toBe(400);
    expect((await world.get('/monitoring?cursor=AAAA')).status).toBe(400);
  });
});

describe('POST /models/{model}/checks', () => {
  const CHECKS = '/models/fraud/checks';
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T12:34:56.789Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('puts one message on the queue, which no schedule would move an alarm by', async () => {
    const { status, body } = await world.post(CHECKS, { kinds: ['drift', 'health'] });
    expect(status).toBe(202);
    const [message] = world.watch.asked;
    expect(message).toEqual({
      ...{ tenant: 'acme', model: 'fraud', kinds: ['drift', 'health'], asked: true },
      at: '2026-01-01T12:34:00.000Z',
    });
    expect(body).toMatchObject({ at: '2026-01-01T12:34:00.000Z', kinds: ['drift', 'health'] });
    expect(CheckMessage.safeParse(message).success).toBe(true);
    expect(world.watch.asked).toHaveLength(1);
  });

  it('is the same check for all who ask within a minute, and another one in the next', async () => {
    const first = await world.post(CHECKS, { kinds: ['drift'] });
    vi.setSystemTime(Date.parse('2026-01-01T12:34:59.999Z'));
    expect(await world.post(CHECKS, { kinds: ['health'] })).toEqual(first);
    expect(world.watch.asked).toHaveLength(1);
    vi.setSystemTime(Date.parse('2026-01-01T12:35:00.000Z'));
    expect(await world.post(CHECKS, { kinds: ['health'] })).toMatchObject({
      status: 202,
      body: { at: '2026-01-01T12:35:00.000Z', kinds: ['health'] },
    });
    expect(world.watch.asked).toHaveLength(2);
  });

  it('asks for every kind where none is said', async () => {
    await world.post(CHECKS, {});
    expect(world.watch.asked[0]?.kinds).toEqual(['drift', 'performance', 'health', 'dataset']);
  });

  it.each([[{ kinds: [] }], [{ kinds: ['weather'] }], [{ tenant: 'rival' }], ['no JSON']])(
    'refuses the body %j',
    async (body) => {
      expect((await world.post(CHECKS, body)).status).toBe(400);
      expect(world.watch.asked).toEqual([]);
    },
  );

  it('is 409 where no version serves, and 404 where there is no such model', async () => {
    world.champions.clear();
    expect((await world.post(CHECKS, {})).status).toBe(409);
    expect((await world.post('/models/none/checks', {})).status).toBe(404);
    expect(world.watch.asked).toEqual([]);
  });

  it('is not asked for by another tenant', async () => {
    const rival = claimsOf('sub-rex', 'rival', 'ml_engineer');
    expect((await world.post(CHECKS, {}, rival)).status).toBe(404);
    expect(world.watch.asked).toEqual([]);
  });
});
