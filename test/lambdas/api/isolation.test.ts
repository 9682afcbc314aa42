import { describe, expect, it } from 'vitest';
import { modelIndexKey } from '#aws/model-registry.ts';
import { typeIndexKey } from '#domain/registry/keys.ts';
import { encodeCursor } from '../../../lambdas/api/cursor.ts';
import { APPROVAL_ID, DIGEST, POLICY } from '../access/fake-approvals.ts';
import { ANA, BUCKET, claimsOf, MANIFEST_KEY, RIVAL, version, World } from './world.ts';

const VERSION = '/models/fraud/versions/1.0.0';
const RELEASE = `/releases?key=${encodeURIComponent(MANIFEST_KEY)}&versionId=m1`;

function claimed(): World {
  const world = new World();
  world.claims.set(`acme ${BUCKET} ${MANIFEST_KEY} m1`, {
    tenant: 'acme',
    model: 'fraud',
    uploadId: '1',
    principal: 'AROA1:sam',
    execution: 'arn',
    createdAt: '2026-01-01T00:00:00.000Z',
    outcome: 'CLAIMED',
  });
  return world;
}

describe('what belongs to another tenant', () => {
  it.each([
    RELEASE,
    '/models/fraud/versions',
    VERSION,
    `${VERSION}/download`,
    `/approvals/${APPROVAL_ID}`,
  ])('is answered 404 at %s, in the words for what does not exist', async (path) => {
    const world = claimed();
    expect((await world.get(path, ANA)).status).toBe(200);
    const foreign = await world.get(path, RIVAL);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(await new World().get(path.replaceAll(/fraud|0001$/g, 'none'), RIVAL));
  });

  it('cannot be voted on', async () => {
    const world = new World();
    const vote = { decision: 'approve', digest: DIGEST, policyHash: POLICY };
    const { status } = await world.post(`/approvals/${APPROVAL_ID}/votes`, vote, RIVAL);
    expect(status).toBe(404);
    expect(await world.voting.approvals.votes('acme', APPROVAL_ID)).toEqual([]);
  });

  it.each(['/models', '/approvals'])('is not in the list at %s', async (path) => {
    await expect(new World().get(path, RIVAL)).resolves.toEqual({
      status: 200,
      body: { items: [] },
    });
  });

  it('is not reached by a token of this tenant whose person is of the other', async () => {
    const claims = claimsOf('sub-rex', 'acme', 'ml_engineer');
    const { status, body } = await new World().get(VERSION, claims);
    expect(status).toBe(403);
    expect(body).toMatchObject({ detail: expect.stringContaining('ask an operator to map it') });
  });

  it('is not written to by an upload session', async () => {
    const { body } = await new World().post('/uploads', { model: 'fraud' }, RIVAL);
    expect(body).toMatchObject({
      prefix: expect.stringMatching(/^uploads\/AROA1:rex@rival\/rival\//),
    });
  });
});

describe('a cursor', () => {
  const models = {
    PK: 'T#acme#M#fraud',
    SK: 'META',
    G2PK: modelIndexKey('acme'),
    G2SK: '2026#fraud',
  };
  const approvals = {
    PK: `T#acme#AP#${APPROVAL_ID}`,
    SK: 'REQ',
    G2PK: typeIndexKey('acme', 'APPROVAL', 'OPEN'),
    G2SK: '2026',
  };
  const ask = (path: string, cursor: object | string, claims = ANA) =>
    new World().get(
      `${path}?cursor=${typeof cursor === 'string' ? cursor : encodeCursor(cursor)}`,
      claims,
    );

  it('goes on with the list it was given with', async () => {
    expect((await ask('/models', models)).status).toBe(200);
    expect((await ask('/approvals', approvals)).status).toBe(200);
  });

  it.each([
    ['of another tenant', '/models', models, RIVAL],
    ['of another tenant', '/approvals', approvals, RIVAL],
    ['of another list', '/models', approvals, ANA],
    ['of another status', '/approvals', { ...approvals, G2PK: 'T#acme#APPROVAL#VOID' }, ANA],
    ['on another tenant’s item', '/models', { ...models, PK: 'T#rival#M#fraud' }, ANA],
    ['on an item of another kind', '/models', { ...models, SK: 'CUR' }, ANA],
    ['with one key more', '/models', { ...models, extra: '1' }, ANA],
    ['with an empty key', '/models', { ...models, G2SK: '' }, ANA],
    ['that is no object', '/models', 'AAAA', ANA],
    ['that is no base64url', '/models', '%25', ANA],
    ['that is empty', '/models', '', ANA],
  ])('%s is refused at %s', async (_, path, cursor, claims) => {
    const { status, body } = await ask(path, cursor, claims);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      problems: [{ field: 'cursor', remedy: 'start again without a cursor' }],
    });
  });
});

it('keeps versions of two tenants under one name apart', async () => {
  const world = new World();
  world.versions.push(version({ tenant: 'rival', submitter: 'rex' }));
  const mine = await world.get('/models/fraud/versions', ANA);
  const theirs = await world.get('/models/fraud/versions', RIVAL);
  expect(mine.body).toMatchObject({ items: [{ submitter: 'sam' }] });
  expect(theirs.body).toMatchObject({ items: [{ submitter: 'rex' }] });
});
