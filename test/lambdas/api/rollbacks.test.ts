import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ROLLBACK_POLICY } from '#domain/gates/rollback-policy.ts';
import type { RollbackRecord } from '#domain/rollout/rollback-record.ts';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { DIGEST } from '../access/fake-approvals.ts';
import { OLD, OLDEST, routeOf } from './fake-rollouts.ts';
import { ANA, claimsOf, RIVAL, World } from './world.ts';

const PATH = '/models/fraud/rollback';
const AT = '2026-01-01T00:00:00.000Z';
const ASK = { severity: 'high', reason: 'recall drops' };
const ID = '0198c5f0-0000-7000-8000-0000000000c1';

const request: RollbackRequest = {
  ...{ id: ID, tenant: 'acme', model: 'fraud', version: '1.0.0', digest: DIGEST },
  ...{ severity: 'high', trigger: 'person', actor: 'ana', reason: 'recall drops' },
  generation: 12,
};
const record: RollbackRecord = {
  ...{ id: ID, tenant: 'acme', model: 'fraud', request, execution: 'arn:1', status: 'HELD' },
  ...{ reason: 'no predecessor', policy: DEFAULT_ROLLBACK_POLICY, rev: 2 },
  ...{ createdAt: AT, updatedAt: AT },
};
const killed = {
  ...{ generation: 14, at: AT, to: '0.9.0', arms: [], generations: [12], lastSince: AT },
};

let world: World;
beforeEach(() => {
  world = new World();
  world.routes.set('acme/fraud', routeOf());
});
const withoutCandidate = () => {
  const { candidate: _, ...route } = routeOf();
  return route;
};

describe('POST /models/{model}/rollback', () => {
  it('takes the candidate off trial where there is one', async () => {
    const { status, body } = await world.post(PATH, ASK);
    const [request] = world.machines.requests;
    expect(status).toBe(202);
    expect(body).toEqual({
      id: request?.id,
      execution: request?.id,
      version: '1.0.0',
      to: '0.9.0',
    });
    expect(request).toMatchObject({
      ...{ tenant: 'acme', model: 'fraud', digest: DIGEST, version: '1.0.0', to: '0.9.0' },
      ...{ severity: 'high', trigger: 'person', actor: 'ana', reason: 'recall drops' },
      generation: 12,
    });
    expect(request).not.toHaveProperty('abort');
    expect(RollbackRequest.safeParse(request).success).toBe(true);
  });

  it('takes stable back where nothing is on trial, or where it is named by its predecessor', async () => {
    await world.post(PATH, { ...ASK, to: '0.8.0' });
    world.routes.set('acme/fraud', withoutCandidate());
    await world.post(PATH, ASK);
    const stable = { digest: OLD, version: '0.9.0', to: '0.8.0' };
    expect(world.machines.requests).toMatchObject([stable, stable]);
  });

  it('does not take stable back for a call that came twice, unless it is named', async () => {
    world.routes.set('acme/fraud', withoutCandidate());
    const createdAt = new Date().toISOString();
    world.machines.records.push({ ...record, version: '1.0.0', killed, createdAt });
    expect(await world.post(PATH, ASK)).toMatchObject({
      status: 409,
      body: {
        detail:
          '1.0.0 was rolled back within the last five minutes; to take back stable too, say that it goes back to 0.8.0',
      },
    });
    expect((await world.post(PATH, { ...ASK, to: '0.8.0' })).status).toBe(202);
    world.machines.records.splice(0, 1, { ...record, killed });
    expect((await world.post(PATH, ASK)).status).toBe(202);
  });

  it('asks for each rollback by an id of its own', async () => {
    await world.post(PATH, ASK);
    await world.post(PATH, ASK);
    const [one, other] = world.machines.requests;
    expect(one?.id).not.toBe(other?.id);
  });

  it('names the ways back that there are', async () => {
    const { status, body } = await world.post(PATH, { ...ASK, to: '0.1.0' });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      detail: 'got 0.1.0 to go back to, expected 0.9.0 (from 1.0.0) or 0.8.0 (from 0.9.0)',
    });
    expect(world.machines.requests).toEqual([]);
  });

  it('does not go back into quarantine, nor to nothing', async () => {
    const quarantined = [{ digest: OLDEST, until: Date.parse('2100-01-01') }];
    world.routes.set('acme/fraud', { ...withoutCandidate(), quarantined });
    expect((await world.post(PATH, ASK)).status).toBe(409);
    const { previous: _, ...first } = withoutCandidate();
    world.routes.set('acme/fraud', first);
    expect(await world.post(PATH, ASK)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('and there is none') },
    });
  });

  it('lets whoever submitted the version take it back', async () => {
    const sam = claimsOf('sub-sam', 'acme', 'ml_engineer');
    expect((await world.post(PATH, ASK, sam)).status).toBe(202);
  });

  it.each([
    [{ reason: 'x' }],
    [{ severity: 'huge', reason: 'x' }],
    [{ severity: 'low' }],
    [{ severity: 'low', reason: '  ' }],
    [{ ...ASK, abort: true }],
    [{ ...ASK, trigger: 'look' }],
    [{ ...ASK, actor: 'ben' }],
  ])('refuses the body %j', async (body) => {
    expect((await world.post(PATH, body)).status).toBe(400);
    expect(world.machines.requests).toEqual([]);
  });

  it.each([
    [PATH, RIVAL],
    ['/models/none/rollback', ANA],
    ['/models/FRAUD/rollback', ANA],
  ])('is 404 at %s for what nobody there runs', async (path, claims) => {
    expect((await world.post(path, ASK, claims)).status).toBe(404);
    expect(world.machines.requests).toEqual([]);
  });
});

it('GET /models/{model}/rollbacks tells what became of each, newest first', async () => {
  const later: RollbackRecord = {
    ...{ ...record, id: 'later', version: '1.0.0', digest: DIGEST, mode: 'gradual', killed },
    ...{ status: 'VERIFIED', reason: undefined },
    checks: [{ id: 'residual', verdict: 'pass', message: 'no request since' }],
  };
  world.machines.records.push(record, later);
  const { status, body } = await world.get('/models/fraud/rollbacks');
  expect(status).toBe(200);
  expect(body).toEqual({
    items: [
      {
        ...{ id: 'later', status: 'VERIFIED', version: '1.0.0', digest: DIGEST, to: '0.9.0' },
        ...{ mode: 'gradual', severity: 'high', trigger: 'person', actor: 'ana', generation: 14 },
        ...{ reason: 'recall drops', checks: later.checks, createdAt: AT, updatedAt: AT },
      },
      {
        ...{ id: ID, status: 'HELD', severity: 'high', trigger: 'person', actor: 'ana' },
        ...{ reason: 'recall drops', why: 'no predecessor', createdAt: AT, updatedAt: AT },
      },
    ],
  });
  expect((await world.get('/models/fraud/rollbacks', RIVAL)).body).toEqual({ items: [] });
});
