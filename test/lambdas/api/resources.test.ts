import { describe, expect, it } from 'vitest';
import type { ReleaseClaim } from '#domain/registry/version-record.ts';
import { APPROVAL_ID, DIGEST, POLICY, TOKEN } from '../access/fake-approvals.ts';
import { rolloutRecord, routeOf } from './fake-rollouts.ts';
import { artifactRecord, BUCKET, MANIFEST_KEY, version, World } from './world.ts';

const AT = '2026-01-01T00:00:00.000Z';
const counts = { pass: 1, inconclusive: 0, error: 0, fail: 0 };

describe('GET /releases', () => {
  const path = `/releases?key=${encodeURIComponent(MANIFEST_KEY)}&versionId=m1`;
  const claim = {
    tenant: 'acme',
    model: 'fraud',
    uploadId: 'u1',
    principal: 'AROA1:sam',
    execution: 'arn:execution',
    createdAt: AT,
  };
  const problems = [{ field: 'f', got: 'g', expected: 'e', remedy: 'r' }];

  it.each<[ReleaseClaim, object]>([
    [{ ...claim, outcome: 'CLAIMED' }, {}],
    [
      { ...claim, outcome: 'KNOWN', version: '1.0.0', digest: DIGEST },
      { version: '1.0.0', digest: DIGEST },
    ],
    [{ ...claim, outcome: 'REJECTED', problems }, { problems }],
  ])('says what became of the upload: $outcome', async (settled, more) => {
    const world = new World();
    world.claims.set(`acme ${BUCKET} ${MANIFEST_KEY} m1`, settled);
    await expect(world.get(path)).resolves.toEqual({
      status: 200,
      body: {
        outcome: settled.outcome,
        model: 'fraud',
        uploadId: 'u1',
        execution: 'arn:execution',
        ...more,
      },
    });
  });

  it.each([path, '/releases?key=notes.txt&versionId=m1'])(
    'is 404 while nothing claimed it: %s',
    async (asked) => {
      expect((await new World().get(asked)).status).toBe(404);
    },
  );

  it.each([
    '/releases?versionId=m1',
    `${path}&versionId=`,
    `/releases?key=${'k'.repeat(1025)}&versionId=1`,
  ])('is refused without a key and a version that S3 could have given', async (asked) => {
    expect((await new World().get(asked)).status).toBe(400);
  });
});

describe('GET /models', () => {
  it('lists models with their champion, their latest version and how many there are', async () => {
    const world = new World();
    world.versions.splice(0, 1, version({ ordinal: 4, version: '1.3.0' }));
    await expect(world.get('/models')).resolves.toEqual({
      status: 200,
      body: { items: [{ model: 'fraud', latest: '1.3.0', versions: 4 }] },
    });
  });

  it('gives a cursor to the next page, which starts where this one ended', async () => {
    const world = new World();
    const next = { PK: 'T#acme#M#fraud', SK: 'META', G2PK: 'T#acme#MODEL#ACTIVE', G2SK: AT };
    const starts: unknown[] = [];
    Object.assign(world.ports.registry, {
      models: async (_tenant: string, _limit: number, start?: object) => {
        starts.push(start);
        return start ? { items: [] } : { items: [], next };
      },
    });
    const { cursor } = (await world.get('/models')).body as { cursor: string };
    const last = await world.get(`/models?cursor=${cursor}`);
    expect(starts).toEqual([undefined, next]);
    expect(last.body).toEqual({ items: [] });
  });
});

describe('GET /models/{model}/versions/{version}', () => {
  it('tells everything that was found out and decided', async () => {
    const world = new World();
    world.voting.approvals.cast.set(`acme/${APPROVAL_ID}`, [
      { person: 'ana', decision: 'approve', at: AT },
      { person: 'ben', decision: 'refuse', at: AT, comment: 'drifts' },
    ]);
    await expect(world.get('/models/fraud/versions/1.0.0')).resolves.toEqual({
      status: 200,
      body: {
        model: 'fraud',
        version: '1.0.0',
        ordinal: 1,
        digest: DIGEST,
        state: 'STAGING',
        submitter: 'sam',
        createdAt: AT,
        updatedAt: AT,
        signed: true,
        admitted: false,
        gates: [
          {
            gate: 'schema',
            verdict: 'pass',
            counts,
            attested: false,
            durationMs: 12,
            checks: [{ id: 'inputs', verdict: 'pass', message: 'as declared' }],
          },
        ],
        approval: {
          id: APPROVAL_ID,
          status: 'OPEN',
          quorum: 2,
          approvers: [{ person: 'ana', at: AT }],
          refusals: [{ person: 'ben', at: AT, comment: 'drifts' }],
          expiresAt: '2100-01-01T00:00:00.000Z',
        },
        history: [
          { at: AT, to: 'VALIDATION', actor: 'sam' },
          { at: AT, from: 'VALIDATION', to: 'STAGING', actor: 'conclude-gates', reason: 'passed' },
        ],
      },
    });
  });

  it('tells how it was tried the last time, with its share while it is on trial', async () => {
    const world = new World();
    const tried = rolloutRecord({ id: 'before', status: 'ABORTED' });
    const other = rolloutRecord({ id: 'other', version: '1.1.0' });
    world.routes.set('acme/fraud', routeOf());
    world.rollouts.held = [tried, rolloutRecord(), other];
    const path = '/models/fraud/versions/1.0.0';
    expect((await world.get(path)).body).toMatchObject({
      rollout: { id: rolloutRecord().id, status: 'RUNNING', share: 0.25, step: 3 },
    });
    world.rollouts.held = [tried];
    const { body } = await world.get(path);
    expect(body).toMatchObject({ rollout: { status: 'ABORTED' } });
    expect(body).not.toHaveProperty('rollout.share');
  });

  it('has no approval before one is asked for', async () => {
    const world = new World();
    const { approval: _, signature: __, ...fresh } = version({ state: 'VALIDATION' });
    world.versions.splice(0, 1, fresh);
    const { body } = await world.get('/models/fraud/versions/1.0.0');
    expect(body).not.toHaveProperty('approval');
    expect(body).toMatchObject({ signed: false });
  });

  it('takes x.y for x.y.0', async () => {
    expect((await new World().get('/models/fraud/versions/1.0')).status).toBe(200);
  });

  it.each([
    'fraud/versions/latest',
    'fraud/versions/01.0.0',
    'FRAUD/versions/1.0.0',
    'none/versions',
  ])('is 404 for a name that nothing can have: %s', async (path) => {
    expect((await new World().get(`/models/${path}`)).status).toBe(404);
  });
});

describe('GET /models/{model}/versions/{version}/download', () => {
  const path = '/models/fraud/versions/1.0.0/download';

  it('gives URLs of the pinned files for 15 minutes, the signature and the key', async () => {
    const world = new World();
    const { body } = await world.get(path);
    expect(body).toEqual({
      digest: DIGEST,
      files: ['manifest.json', 'model.onnx'].map((name) => ({
        path: name,
        size: 3,
        sha256: 'ab'.repeat(32),
        url: `https://s3/uploads/${name}?versionId=f1&X-Amz-Expires=900`,
      })),
      signature: { mediaType: 'bundle' },
      publicKeyPem: world.artifactKey.pem,
    });
  });

  it('is refused while the version is not signed', async () => {
    const world = new World();
    const { signature: _, ...unsigned } = version({ state: 'VALIDATION' });
    world.versions.splice(0, 1, unsigned);
    await expect(world.get(path)).resolves.toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('VALIDATION and not signed') },
    });
  });

  it('faults when the record is of another digest', async () => {
    const world = new World();
    world.documents.set('artifact.json', { ...artifactRecord(), digest: '00'.repeat(32) });
    expect((await world.get(path)).status).toBe(500);
  });

  it('comes in pages that together are every file once', async () => {
    const world = new World();
    const paths = Array.from({ length: 2001 }, (_, i) => `part-${i}`);
    world.documents.set('artifact.json', artifactRecord(...paths));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await world.get(path + (cursor ? `?cursor=${cursor}` : ''));
      const page = body as { files: { path: string }[]; cursor?: string };
      seen.push(...page.files.map((file) => file.path));
      cursor = page.cursor;
    } while (cursor);
    expect(seen).toEqual(paths);
  });
});

describe('GET /approvals', () => {
  const shown = {
    id: APPROVAL_ID,
    status: 'OPEN',
    model: 'fraud',
    version: '1.0.0',
    digest: DIGEST,
    policyHash: POLICY,
    quorum: 2,
    approvers: [],
    submitter: 'sam',
    expiresAt: '2100-01-01T00:00:00.000Z',
    evidence: [{ gate: 'schema', verdict: 'pass', counts }],
  };

  it('lists what is open, with the evidence and without the task token', async () => {
    const { body } = await new World().get('/approvals');
    expect(body).toEqual({ items: [shown] });
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it('shows one, without the task token', async () => {
    await expect(new World().get(`/approvals/${APPROVAL_ID}`)).resolves.toEqual({
      status: 200,
      body: shown,
    });
  });

  it('lists by status, and refuses one that does not exist', async () => {
    await expect(new World().get('/approvals?status=REFUSED')).resolves.toMatchObject({
      body: { items: [] },
    });
    await expect(new World().get('/approvals?status=open')).resolves.toMatchObject({
      status: 400,
      body: { problems: [{ field: 'status', got: '"open"' }] },
    });
  });

  it('leaves out evidence under another policy', async () => {
    const world = new World();
    world.voting.approvals.change({ policyHash: DIGEST });
    await expect(world.get(`/approvals/${APPROVAL_ID}`)).resolves.toMatchObject({
      body: { evidence: [] },
    });
  });

  it.each(['x', `${APPROVAL_ID}%23`, 'A'.repeat(3000)])('is 404 for what is no id', async (id) => {
    expect((await new World().get(`/approvals/${id}`)).status).toBe(404);
  });
});

describe('GET /keys', () => {
  it('gives both public keys and how signatures name them', async () => {
    const world = new World();
    const { body } = await world.get('/keys');
    expect(body).toEqual({
      artifact: { pem: world.artifactKey.pem, hint: (await world.artifactKey.publicKey()).hint },
      attestation: {
        pem: world.attestationKey.pem,
        hint: (await world.attestationKey.publicKey()).hint,
      },
    });
  });
});
