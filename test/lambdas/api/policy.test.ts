import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { claimsOf, RIVAL, World } from './world.ts';

const PATH = '/models/fraud/policy';
const ANA = claimsOf('sub-ana', 'acme', 'tenant_admin');
const BEN = claimsOf('sub-ben', 'acme', 'tenant_admin');
const SAM = claimsOf('sub-sam', 'acme', 'tenant_admin');
const tighter = { performance: { eceMax: 0.05 } };
const looser = { performance: { eceMax: 0.2 } };

const set = async (world: World, overlay: object, claims = ANA, revision = 0, path = PATH) => {
  const response = await world.send('PUT', path, { claims, body: { revision, overlay } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe('GET /models/{model}/policy', () => {
  it('is the default, with its hash, where the model has none of its own', async () => {
    expect(await new World().get(PATH)).toEqual({
      status: 200,
      body: {
        revision: 0,
        hash: hashOf(DEFAULT_POLICY),
        policy: DEFAULT_POLICY,
        overlay: {},
        inherited: {},
      },
    });
  });

  it('is nobody else’s', async () => {
    expect((await new World().get(PATH, RIVAL)).status).toBe(404);
  });
});

describe('PUT /models/{model}/policy', () => {
  it('tightens by one admin', async () => {
    const world = new World();
    expect(await set(world, tighter)).toMatchObject({
      status: 200,
      body: { revision: 1, overlay: tighter, policy: { performance: { eceMax: 0.05 } } },
    });
    expect(world.policies.proposers).toEqual([undefined]);
  });

  it('loosens only when another admin sets the same', async () => {
    const world = new World();
    expect(await set(world, looser)).toMatchObject({
      status: 202,
      body: { revision: 0, policy: DEFAULT_POLICY, looser: [{ field: 'performance.eceMax' }] },
    });
    expect((await set(world, looser)).status).toBe(202);
    expect((await set(world, { performance: { eceMax: 0.3 } }, BEN)).status).toBe(202);
    expect((await set(world, looser, BEN)).status).toBe(202);
    expect(await set(world, looser, ANA)).toMatchObject({ status: 200, body: { revision: 1 } });
    expect(world.policies.proposers).toEqual(['ben']);
  });

  it('lets whoever submitted a version loosen nothing, neither first nor second', async () => {
    const world = new World();
    expect((await set(world, looser, SAM)).status).toBe(403);
    await set(world, looser, ANA);
    expect((await set(world, looser, SAM)).status).toBe(403);
    expect((await set(world, tighter, SAM)).status).toBe(200);
  });

  it.each([
    ['a revision that has passed', tighter, 3, 409],
    ['a quorum of one', { approvals: { quorum: 1 } }, 0, 422],
    ['an unknown setting', { performance: { speed: 1 } }, 0, 422],
    ['an unknown section', { weather: { sun: 1 } }, 0, 400],
  ])('refuses %s', async (_, overlay, revision, status) => {
    const world = new World();
    expect((await set(world, overlay, ANA, revision)).status).toBe(status);
    expect(world.policies.held.size).toBe(0);
  });

  it('is for admins of the tenant alone', async () => {
    const world = new World();
    expect((await set(world, tighter, claimsOf('sub-ana', 'acme', 'ml_engineer'))).status).toBe(
      403,
    );
    await set(world, tighter, RIVAL);
    expect([...world.policies.held.keys()]).toEqual(['rival/fraud']);
  });

  it('may come before the first version of the model', async () => {
    const world = new World();
    const path = '/models/churn/policy';
    expect((await world.get(path)).status).toBe(404);
    expect((await set(world, tighter, ANA, 0, path)).status).toBe(200);
    expect(await world.get(path)).toMatchObject({ status: 200, body: { revision: 1 } });
  });

  it('refuses a name that no model can have', async () => {
    const world = new World();
    expect((await set(world, tighter, ANA, 0, '/models/*/policy')).status).toBe(404);
  });
});

describe('the policy of a tenant', () => {
  const setTenant = (world: World, overlay: object, claims = ANA, revision = 0) =>
    set(world, overlay, claims, revision, '/policy');

  it('stands between the default and each model’s own', async () => {
    const world = new World();
    const overlay = { performance: { eceMax: 0.06, accuracyMin: 0.88 } };
    expect(await setTenant(world, overlay)).toMatchObject({ status: 200, body: { overlay } });
    await set(world, tighter);
    expect(await world.get(PATH)).toMatchObject({
      body: {
        overlay: tighter,
        inherited: overlay,
        policy: { performance: { eceMax: 0.05, accuracyMin: 0.88 } },
      },
    });
  });

  it('makes an overlay looser that would be tighter than the default', async () => {
    const world = new World();
    await setTenant(world, tighter);
    expect((await set(world, { performance: { eceMax: 0.07 } })).status).toBe(202);
  });

  it('loosens only by two, neither of whom submits', async () => {
    const world = new World();
    const submitting = claimsOf('sub-ben', 'acme', 'tenant_admin', 'data_scientist');
    expect((await setTenant(world, looser)).status).toBe(202);
    expect((await setTenant(world, looser, submitting)).status).toBe(403);
    expect((await setTenant(world, looser, BEN)).status).toBe(200);
    expect(await world.get('/policy')).toMatchObject({ body: { revision: 1, overlay: looser } });
  });

  it('is not that of another tenant', async () => {
    const world = new World();
    await setTenant(world, tighter);
    expect(await world.get('/policy', RIVAL)).toMatchObject({ body: { revision: 0 } });
  });
});
