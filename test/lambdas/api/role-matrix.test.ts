import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '#domain/access/person.ts';
import { APPROVAL_ID, DIGEST, POLICY } from '../access/fake-approvals.ts';
import { rolloutRecord, routeOf } from './fake-rollouts.ts';
import { claimsOf, MANIFEST_KEY, World } from './world.ts';

const VERSION = '/models/fraud/versions/1.0.0';
const VOTE = { decision: 'approve', digest: DIGEST, policyHash: POLICY };

describe.each([
  [`/releases?key=${encodeURIComponent(MANIFEST_KEY)}&versionId=1`, 404],
  ['/models', 200],
  ['/models/fraud/versions', 200],
  [VERSION, 200],
  [`${VERSION}/download`, 200],
  ['/approvals', 200],
  [`/approvals/${APPROVAL_ID}`, 200],
  ['/keys', 200],
  ['/models/fraud/policy', 200],
  ['/models/fraud/rollout', 404],
  ['/models/fraud/rollouts', 200],
  ['/models/fraud/rollbacks', 200],
  ['/monitoring', 200],
  ['/dashboard', 200],
  ['/models/fraud/monitoring', 200],
  ['/models/fraud/drift-reports', 200],
  ['/models/fraud/drift-reports/none', 404],
])('GET %s', (path, expected) => {
  it.each(ROLES)('lets %s read', async (role) => {
    const { status } = await new World().get(path, claimsOf('sub-ana', 'acme', role));
    expect(status).toBe(expected);
  });

  it('refuses somebody without a role', async () => {
    expect((await new World().get(path, claimsOf('sub-ana', 'acme'))).status).toBe(403);
  });
});

// Which roles may is written out in each list: the domain's own table is what this checks.
describe('POST /uploads', () => {
  it.each(
    ROLES.map((role) => [role, ['data_scientist', 'ml_engineer'].includes(role) ? 201 : 403]),
  )('answers %s with %i', async (role, expected) => {
    const world = new World();
    const claims = claimsOf('sub-ana', 'acme', role as Role);
    const { status } = await world.post('/uploads', { model: 'fraud' }, claims);
    expect(status).toBe(expected);
    expect(world.opened).toHaveLength(expected === 201 ? 1 : 0);
  });
});

describe('POST /models/{model}/checks', () => {
  it.each(
    ROLES.map((role) => [role, ['data_scientist', 'ml_engineer'].includes(role) ? 202 : 403]),
  )('answers %s with %i', async (role, expected) => {
    const world = new World();
    world.champions.set('acme/fraud', '1.0.0');
    const claims = claimsOf('sub-ana', 'acme', role as Role);
    const { status } = await world.post('/models/fraud/checks', {}, claims);
    expect(status).toBe(expected);
    expect(world.watch.asked).toHaveLength(expected === 202 ? 1 : 0);
  });
});

describe('POST /approvals/{id}/votes', () => {
  it.each(
    ROLES.map((role) => [role, ['ml_engineer', 'senior_engineer'].includes(role) ? 200 : 403]),
  )('answers %s with %i', async (role, expected) => {
    const world = new World();
    const claims = claimsOf('sub-ana', 'acme', role as Role);
    const { status } = await world.post(`/approvals/${APPROVAL_ID}/votes`, VOTE, claims);
    expect(status).toBe(expected);
    expect(await world.voting.approvals.votes('acme', APPROVAL_ID)).toHaveLength(
      expected === 200 ? 1 : 0,
    );
  });
});

const ROLLERS = ['ml_engineer', 'senior_engineer', 'rollback_operator'];

describe.each([
  ['/models/fraud/rollout/pause', {}, 200],
  ['/models/fraud/rollout/resume', {}, 200],
  ['/models/fraud/rollout/abort', {}, 202],
  ['/models/fraud/rollback', { severity: 'low', reason: 'x' }, 202],
  // Whoever may, is told that a rollout runs already.
  [`${VERSION}/rollout`, {}, 409],
])('POST %s', (path, body, done) => {
  it.each(ROLES.map((role) => [role, ROLLERS.includes(role) ? done : 403]))(
    'answers %s with %i',
    async (role, expected) => {
      const world = new World();
      world.rollouts.held = [rolloutRecord()];
      world.routes.set('acme/fraud', routeOf());
      const claims = claimsOf('sub-ana', 'acme', role as Role);
      expect((await world.post(path, body, claims)).status).toBe(expected);
      const did = world.rollouts.changes.length + world.machines.requests.length;
      if (expected === 403) expect(did).toBe(0);
    },
  );
});

describe.each(['/health', '/whoami'])('GET %s', (path) => {
  it.each([[[]], ...ROLES.map((role) => [[role]])])('answers %j', async (roles) => {
    const claims = claimsOf('sub-ana', 'acme', ...(roles as Role[]));
    expect((await new World().get(path, claims)).status).toBe(200);
  });
});
