import { beforeEach, describe, expect, it } from 'vitest';
import { RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { NO_TRAFFIC } from '#domain/rollout/traffic.ts';
import { DIGEST } from '../access/fake-approvals.ts';
import { rolloutRecord, routeOf } from './fake-rollouts.ts';
import { claimsOf, RIVAL, World } from './world.ts';

const PATH = '/models/fraud/rollout';
const AT = '2026-01-01T00:00:00.000Z';
const SAM = claimsOf('sub-sam', 'acme', 'ml_engineer');

let world: World;
beforeEach(() => {
  world = new World();
  world.routes.set('acme/fraud', routeOf());
  world.rollouts.held = [rolloutRecord()];
});

describe('GET /models/{model}/rollout', () => {
  it('tells how far the latest rollout is, and what it has shown', async () => {
    const arm = (exposures: number, failures: number) => ({ ...NO_TRAFFIC, exposures, failures });
    const traffic = (canary: number, stable: number) => ({
      traffic: { candidate: { candidate: arm(canary, 1), stable: arm(stable, 2) } },
      outcomes: {},
    });
    const check = { id: 'harm', verdict: 'pass', observed: 1, threshold: 4, message: 'no harm' };
    const last = { number: 7, at: AT, step: 3, outcome: 'INSUFFICIENT', nextSeconds: 25 } as const;
    world.rollouts.held = [
      rolloutRecord({ id: 'older', status: 'ABORTED' }),
      rolloutRecord({
        last: { ...last, checks: [{ ...check, verdict: 'pass' }] },
        counted: { 11: traffic(10, 90), 12: traffic(20, 60) },
      }),
    ];
    const { status, body } = await world.get(PATH);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: rolloutRecord().id,
      version: '1.0.0',
      digest: DIGEST,
      baseline: '0.9.0',
      status: 'RUNNING',
      paused: false,
      step: 3,
      steps: [5, 10, 25, 50, 100],
      share: 0.25,
      createdAt: AT,
      updatedAt: AT,
      begun: rolloutRecord().steps,
      look: {
        ...{ number: 7, at: AT, step: 3, outcome: 'INSUFFICIENT', checks: [check] },
        nextAt: '2026-01-01T00:00:25.000Z',
      },
      traffic: {
        candidate: { exposures: 30, failures: 2, kinds: {} },
        stable: { exposures: 150, failures: 4, kinds: {} },
      },
      route: { generation: 12, mode: 'canary', leaseUntil: '2100-01-01T00:00:00.000Z' },
    });
  });

  it('keeps what an ended one was judged by', async () => {
    const ended = { at: AT, by: 'look-at-rollout', reason: 'it fails more' };
    const { candidate: _, ...route } = routeOf();
    world.routes.set('acme/fraud', route);
    world.rollouts.held = [rolloutRecord({ status: 'ROLLED_BACK', ended, asked: undefined })];
    const { body } = await world.get(PATH);
    expect(body).toMatchObject({
      status: 'ROLLED_BACK',
      ended,
      traffic: { candidate: { exposures: 0, failures: 0 } },
      route: { generation: 12 },
    });
    expect(body).not.toHaveProperty('share');
  });

  it('shows no share of another version that is on trial by now', async () => {
    world.rollouts.held = [rolloutRecord({ digest: routeOf().stable.digest })];
    expect((await world.get(PATH)).body).not.toHaveProperty('share');
  });

  it.each([[PATH], ['/models/none/rollout'], ['/models/FRAUD/rollout']])(
    'is 404 where nothing was ever tried: %s',
    async (path) => {
      world.rollouts.held = [];
      expect((await world.get(path)).status).toBe(404);
    },
  );

  it('is nobody else’s', async () => {
    expect((await world.get(PATH, RIVAL)).status).toBe(404);
    expect((await world.get('/models/fraud/rollouts', RIVAL)).body).toEqual({ items: [] });
  });
});

it('GET /models/{model}/rollouts lists all, newest first', async () => {
  world.rollouts.held = [rolloutRecord({ id: 'older', status: 'ABORTED' }), rolloutRecord()];
  const { body } = await world.get('/models/fraud/rollouts');
  expect(body).toMatchObject({ items: [{ status: 'RUNNING' }, { id: 'older' }] });
});

describe('POST /models/{model}/rollout/pause', () => {
  it('pauses once, by whom and why', async () => {
    const body = { reason: ' closing ' };
    expect(await world.post(`${PATH}/pause`, body)).toMatchObject({
      status: 200,
      body: { paused: true },
    });
    expect((await world.post(`${PATH}/pause`, {})).status).toBe(200);
    expect(world.rollouts.changes).toEqual(['pause ana closing']);
  });

  it('reads again where a look came between', async () => {
    let looks = 0;
    world.rollouts.meanwhile = () => {
      looks += 1;
      if (looks < 3) world.rollouts.change({ updatedAt: AT });
    };
    expect((await world.post(`${PATH}/pause`, {})).status).toBe(200);
    expect(world.rollouts.changes).toEqual(['pause ana paused by ana']);
  });

  it('gives up where looks never stop coming', async () => {
    world.rollouts.meanwhile = () => world.rollouts.change({ updatedAt: AT });
    expect((await world.post(`${PATH}/pause`, {})).status).toBe(409);
  });

  it('finds out that it ended meanwhile', async () => {
    world.rollouts.meanwhile = () => world.rollouts.change({ status: 'ROLLED_BACK' });
    const { status, body } = await world.post(`${PATH}/pause`, {});
    expect([status, body]).toEqual([
      409,
      expect.objectContaining({
        detail: expect.stringContaining('no rollout of fraud is running'),
      }),
    ]);
  });

  it.each([[{ reason: ' ' }], [{ reason: 'x'.repeat(501) }], [{ because: 'x' }], ['no JSON']])(
    'refuses the body %j',
    async (body) => {
      expect((await world.post(`${PATH}/pause`, body)).status).toBe(400);
      expect(world.rollouts.changes).toEqual([]);
    },
  );

  it('is 404 where nothing was ever tried', async () => {
    world.rollouts.held = [];
    expect((await world.post(`${PATH}/pause`, {})).status).toBe(404);
  });
});

describe('POST /models/{model}/rollout/resume', () => {
  const asked = { at: AT, reason: 'the shadow has lasted 24 h' };

  it('goes on where it was paused', async () => {
    world.rollouts.held = [rolloutRecord({ paused: true })];
    expect(await world.post(`${PATH}/resume`, {})).toMatchObject({ body: { paused: false } });
    expect((await world.post(`${PATH}/resume`, {})).status).toBe(200);
    expect(world.rollouts.changes).toEqual(['resume ana resumed by ana']);
  });

  it('gives no leave unless told to in as many words', async () => {
    world.rollouts.held = [rolloutRecord({ asked })];
    const { status, body } = await world.post(`${PATH}/resume`, {});
    expect(status).toBe(409);
    expect(body).toMatchObject({ detail: expect.stringContaining('"allowStep": true') });
    expect((await world.post(`${PATH}/resume`, { allowStep: false })).status).toBe(400);
    expect(world.rollouts.changes).toEqual([]);
  });

  it('lets the next step begin without evidence, once', async () => {
    world.rollouts.held = [rolloutRecord({ asked })];
    const body = { allowStep: true, reason: 'few users, seen by hand' };
    expect(await world.post(`${PATH}/resume`, body)).toMatchObject({
      status: 200,
      body: { allowedStep: 4 },
    });
    expect((await world.post(`${PATH}/resume`, body)).status).toBe(200);
    expect(world.rollouts.changes).toEqual(['allow 4 ana few users, seen by hand']);
  });

  const since = '2026-01-02T00:00:00.000Z';
  const blocked = { ...asked, block: { since, by: 'errors (page)' } };

  it('says which block the leave covers: the one that it asked about', async () => {
    world.rollouts.held = [rolloutRecord({ asked: blocked })];
    expect((await world.get(PATH)).body).toMatchObject({ asked: blocked });
    const { status, body } = await world.post(`${PATH}/resume`, { allowStep: true });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ allowedStep: 4, despite: blocked.block }),
    ]);
  });

  it('gives leave anew where it asks again about the same step', async () => {
    const before = { since: AT, by: 'errors (page)' };
    world.rollouts.held = [rolloutRecord({ asked: blocked, allowedStep: 4, despite: before })];
    const { body } = await world.post(`${PATH}/resume`, { allowStep: true, despite: since });
    expect(body).toMatchObject({ despite: blocked.block });
    expect(body).not.toHaveProperty('asked');
  });

  it('gives none where it asks about another block than the caller knows of', async () => {
    const body = { allowStep: true, despite: AT };
    for (const question of [blocked, asked]) {
      world.rollouts.held = [rolloutRecord({ asked: question })];
      const { status, body: problem } = await world.post(`${PATH}/resume`, body);
      expect([status, problem]).toEqual([
        409,
        expect.objectContaining({ detail: expect.stringContaining('another block') }),
      ]);
    }
    world.rollouts.held = [rolloutRecord({ asked: blocked })];
    expect((await world.post(`${PATH}/resume`, { despite: since })).status).toBe(400);
    expect(world.rollouts.changes).toEqual([]);
  });

  it('gives none where another block came to be asked about meanwhile', async () => {
    world.rollouts.held = [rolloutRecord({ asked: blocked })];
    world.rollouts.meanwhile = () => {
      world.rollouts.meanwhile = undefined;
      world.rollouts.change({ asked: { ...blocked, block: { since: AT, by: 'latency (page)' } } });
    };
    const body = { allowStep: true, despite: since };
    expect((await world.post(`${PATH}/resume`, body)).status).toBe(409);
    expect(world.rollouts.changes).toEqual([]);
  });

  it.each([
    ['another block', { ...blocked, block: { since: AT, by: 'accuracy (critical)' } }, blocked],
    ['a block', blocked, asked],
    ['no block', asked, blocked],
  ])(
    'gives none by a caller who names no block where %s came to be asked about meanwhile',
    async (_, next, first) => {
      world.rollouts.held = [rolloutRecord({ asked: first })];
      world.rollouts.meanwhile = () => {
        world.rollouts.meanwhile = undefined;
        world.rollouts.change({ asked: next });
      };
      const { status, body } = await world.post(`${PATH}/resume`, { allowStep: true });
      expect([status, body]).toEqual([
        409,
        expect.objectContaining({ detail: expect.stringContaining('another block') }),
      ]);
      expect(world.rollouts.changes).toEqual([]);
    },
  );

  it('gives none for a further step, which nobody was asked about yet', async () => {
    world.rollouts.held = [rolloutRecord({ asked })];
    world.rollouts.meanwhile = () => {
      world.rollouts.meanwhile = undefined;
      const { steps } = rolloutRecord();
      world.rollouts.change({ steps: [...steps, { step: 4, generation: 13, at: AT }] });
    };
    const { status, body } = await world.post(`${PATH}/resume`, { allowStep: true });
    expect([status, body]).toEqual([
      409,
      expect.objectContaining({ detail: expect.stringContaining('has begun meanwhile') }),
    ]);
    expect(world.rollouts.changes).toEqual([]);
  });

  it('gives it all the same where a look came between that asks nothing else', async () => {
    world.rollouts.held = [rolloutRecord({ asked: blocked })];
    world.rollouts.meanwhile = () => {
      world.rollouts.meanwhile = undefined;
      world.rollouts.change({ updatedAt: AT });
    };
    expect(await world.post(`${PATH}/resume`, { allowStep: true })).toMatchObject({
      status: 200,
      body: { despite: blocked.block },
    });
  });

  it('says so where nothing is asked and the leave that stands is not despite that block', async () => {
    const despite = { since, by: 'errors (page)' };
    const allow = { allowStep: true, despite: since };
    world.rollouts.held = [rolloutRecord({ allowedStep: 4, despite })];
    expect(await world.post(`${PATH}/resume`, allow)).toMatchObject({ status: 200 });
    for (const before of [undefined, { ...despite, since: AT }]) {
      world.rollouts.held = [rolloutRecord({ allowedStep: 4, ...(before && { despite: before }) })];
      const { status, body } = await world.post(`${PATH}/resume`, allow);
      expect([status, body]).toEqual([
        409,
        expect.objectContaining({ detail: expect.stringContaining(`the block since ${since}`) }),
      ]);
    }
    expect(world.rollouts.changes).toEqual([]);
  });

  it('gives none despite a block since an unknown time, which no leave can cover', async () => {
    world.rollouts.held = [rolloutRecord({ asked: { ...asked, block: { by: 'drift (page)' } } })];
    const { status, body } = await world.post(`${PATH}/resume`, { allowStep: true });
    expect([status, body]).toEqual([
      409,
      expect.objectContaining({ detail: expect.stringContaining('since an unknown time') }),
    ]);
    expect(world.rollouts.changes).toEqual([]);
  });

  it('takes the pause away with it', async () => {
    world.rollouts.held = [rolloutRecord({ asked, paused: true })];
    await world.post(`${PATH}/resume`, { allowStep: true, reason: 'seen' });
    expect(world.rollouts.changes).toEqual(['allow 4 ana seen', 'resume ana seen']);
  });

  it('lets nobody skip evidence that is still being gathered', async () => {
    expect((await world.post(`${PATH}/resume`, { allowStep: true })).status).toBe(409);
    expect(world.rollouts.changes).toEqual([]);
  });

  it('lets nobody skip evidence about what they submitted themselves', async () => {
    world.rollouts.held = [rolloutRecord({ asked })];
    expect((await world.post(`${PATH}/resume`, { allowStep: true }, SAM)).status).toBe(403);
    expect(world.rollouts.changes).toEqual([]);
    expect((await world.post(`${PATH}/pause`, {}, SAM)).status).toBe(200);
    expect((await world.post(`${PATH}/resume`, { allowStep: true }, SAM)).status).toBe(403);
  });
});

describe('POST /models/{model}/rollout/abort', () => {
  it('asks for a rollback that holds nothing against the version', async () => {
    const { status, body } = await world.post(`${PATH}/abort`, { reason: 'wrong rows' }, SAM);
    expect(status).toBe(202);
    expect(body).toMatchObject({ version: '1.0.0', to: '0.9.0' });
    expect(world.machines.requests).toMatchObject([
      {
        ...{ tenant: 'acme', model: 'fraud', version: '1.0.0', digest: DIGEST, generation: 12 },
        ...{ severity: 'critical', trigger: 'person', actor: 'sam', reason: 'wrong rows' },
        abort: true,
      },
    ]);
    expect(RollbackRequest.safeParse(world.machines.requests[0]).success).toBe(true);
  });

  it('is legal in every state of a running rollout, and in no other', async () => {
    world.rollouts.held = [rolloutRecord({ paused: true, asked: { at: AT, reason: 'x' } })];
    expect((await world.post(`${PATH}/abort`, {})).status).toBe(202);
    world.rollouts.held = [rolloutRecord({ status: 'PROMOTED' })];
    expect((await world.post(`${PATH}/abort`, {})).status).toBe(409);
    expect(world.machines.requests).toHaveLength(1);
  });

  it('is nobody else’s', async () => {
    expect((await world.post(`${PATH}/abort`, {}, RIVAL)).status).toBe(404);
    expect(world.machines.requests).toEqual([]);
  });
});
