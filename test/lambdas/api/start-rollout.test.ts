import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { DIGEST } from '../access/fake-approvals.ts';
import { rolloutRecord, routeOf } from './fake-rollouts.ts';
import { RIVAL, version, World } from './world.ts';

const PATH = '/models/fraud/versions/1.0.0/rollout';
const policyHash = hashOf(DEFAULT_POLICY);
const admission = { key: 'admission', versionId: 'v1', sha256: 'aa'.repeat(32) };

let world: World;
beforeEach(() => {
  world = new World();
  const { candidate: _, ...route } = routeOf();
  world.routes.set('acme/fraud', route);
  world.versions.splice(0, 1, version({ policyHash, admission }));
  world.voting.approvals.change({ status: 'APPROVED', policyHash });
  world.rollouts.held = [rolloutRecord({ status: 'ABORTED' })];
});

describe('POST /models/{model}/versions/{version}/rollout', () => {
  it('starts the rollout of an approved version anew', async () => {
    const { status, body } = await world.post(PATH, {});
    const [{ rollout, after } = {}] = world.machines.started;
    expect(status).toBe(202);
    expect(body).toEqual({ id: rollout?.id, version: '1.0.0' });
    expect(rollout).toMatchObject({ tenant: 'acme', model: 'fraud', digest: DIGEST });
    expect(RolloutRef.safeParse(rollout).success).toBe(true);
    expect(after).toBe(rolloutRecord().id);
  });

  it.each<[string, (world: World) => void]>([
    ['is in production', (w) => w.versions.splice(0, 1, version({ state: 'PRODUCTION' }))],
    ['is still being voted on', (w) => w.voting.approvals.change({ status: 'OPEN' })],
    ['lost its approval', (w) => w.voting.approvals.change({ status: 'VOID' })],
    [
      'has no approval',
      (w) => w.versions.splice(0, 1, version({ policyHash, admission, approval: undefined })),
    ],
    ['is not admitted', (w) => w.versions.splice(0, 1, version({ policyHash }))],
    ['was judged by another policy', (w) => w.versions.splice(0, 1, version({ admission }))],
    ['has nothing to be compared with', (w) => w.routes.clear()],
    [
      'is in quarantine',
      (w) =>
        w.routes.set('acme/fraud', {
          ...routeOf({ candidate: undefined }),
          quarantined: [{ digest: DIGEST, until: Date.parse('2100-01-01') }],
        }),
    ],
    ['is on trial', (w) => w.rollouts.change({ status: 'RUNNING' })],
    [
      'was started a moment ago',
      (w) => {
        w.machines.answer = 'known';
      },
    ],
  ])('refuses a version that %s', async (_, change) => {
    change(world);
    expect((await world.post(PATH, {})).status).toBe(409);
    if (world.machines.answer === 'started') expect(world.machines.started).toEqual([]);
  });

  it.each([
    [RIVAL, PATH],
    [undefined, '/models/fraud/versions/9.0.0/rollout'],
  ])('is 404 for a version that is not there', async (claims, path) => {
    expect((await world.post(path, {}, claims)).status).toBe(404);
  });
});
