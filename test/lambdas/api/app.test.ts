import { describe, expect, it } from 'vitest';
import { APPROVAL_ID, DIGEST, POLICY } from '../access/fake-approvals.ts';
import { ANA, claimsOf, SECRETS, World } from './world.ts';

describe('a request that is not understood', () => {
  it('is answered by a problem document', async () => {
    const response = await new World().send('GET', '/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    await expect(response.json()).resolves.toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'nothing is at /governance/nothing',
    });
  });

  it.each([
    ['DELETE', '/models', 'GET, HEAD'],
    ['POST', '/models/fraud/versions/1.0.0', 'GET, HEAD'],
    ['GET', '/uploads', 'POST'],
    ['PUT', `/approvals/${APPROVAL_ID}/votes`, 'POST'],
    ['OPTIONS', '/whoami', 'GET, HEAD'],
  ])('is told the methods of the path: %s %s allows %s', async (method, path, allow) => {
    const response = await new World().send(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await new World().send('HEAD', '/models');
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each(['', '{', '{"model":}', 'nope'])(
    'is refused when its body is not JSON: %j',
    async (body) => {
      const answer = await new World().post('/uploads', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ detail: expect.stringMatching(/^the body is not JSON/) });
    },
  );

  it('is refused when its body is too long, by bytes', async () => {
    const answer = await new World().post('/uploads', { model: 'é'.repeat(9000) });
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({ detail: expect.stringContaining('at most 16384') });
  });

  it('names unknown fields of the body', async () => {
    const answer = await new World().post('/uploads', { model: 'fraud', tenant: 'rival' });
    expect(answer).toMatchObject({
      status: 400,
      body: { problems: [{ field: 'tenant', got: 'an unknown field' }] },
    });
  });

  it.each(['/models?tenant=rival', '/models?cursor=a&cursor=b'])(
    'names unknown and repeated parameters: %s',
    async (path) => {
      const { status, body } = await new World().get(path);
      expect(status).toBe(400);
      expect(body).toMatchObject({ problems: [{ remedy: expect.stringContaining('query') }] });
    },
  );
});

describe('a caller', () => {
  it('is who the principal belongs to, in the tenant and roles of the token', async () => {
    await expect(new World().get('/whoami')).resolves.toEqual({
      status: 200,
      body: { person: 'ana', tenant: 'acme', roles: ['ml_engineer'] },
    });
  });

  it('may bring groups as an array, and groups that are no roles', async () => {
    const claims = { ...ANA, 'cognito:groups': ['auditor', 'eu-west-1_Google'] };
    const { body } = await new World().get('/whoami', claims);
    expect(body).toMatchObject({ roles: ['auditor'] });
  });

  it.each([
    ['an access token', { ...ANA, token_use: 'access' }, 'token_use'],
    ['a token without a tenant', { ...ANA, 'custom:tenant': undefined }, 'custom:tenant'],
    ['a tenant no key can hold', { ...ANA, 'custom:tenant': 'a#b' }, 'custom:tenant'],
    ['a token without a subject', { ...ANA, sub: '' }, 'sub'],
    ['no token at all', null, 'token_use'],
  ])('is refused with %s', async (_, claims, field) => {
    const response = await new World().send('GET', '/whoami', { claims });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    const { problems } = (await response.json()) as { problems: { field: string }[] };
    expect(problems.map((problem) => problem.field)).toContain(field);
  });

  it('is refused when nobody mapped the principal, with what to do', async () => {
    await expect(
      new World().get('/health', claimsOf('new', 'acme', 'ml_engineer')),
    ).resolves.toMatchObject({
      status: 403,
      body: {
        detail: 'cognito:new is no person known in tenant acme; ask an operator to map it to one',
      },
    });
  });

  it('is told which roles would do', async () => {
    const { body } = await new World().post(
      '/uploads',
      { model: 'fraud' },
      claimsOf('sub-ana', 'acme', 'auditor'),
    );
    expect(body).toMatchObject({
      detail:
        'ana has the roles auditor, expected one of data_scientist, ml_engineer to register; ask for the role, or somebody who has it',
    });
  });
});

describe('an answer', () => {
  it.each(['/models', '/nothing'])('is kept by no cache: %s', async (path) => {
    const response = await new World().send('GET', path);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('leaves one line in the log, by the pattern of the path', async () => {
    const world = new World();
    await world.get('/models/fraud/versions/1.0.0');
    expect(world.lines).toEqual([
      {
        method: 'GET',
        route: '/governance/models/:model/versions/:version',
        status: 200,
        tenant: 'acme',
        person: 'ana',
        requestId: 'request-1',
      },
    ]);
  });

  it('leaves a line that names nobody when the caller is nobody', async () => {
    const world = new World();
    await world.get('/models', claimsOf('new', 'acme', 'auditor'));
    expect(world.lines).toEqual([
      { method: 'GET', route: '/governance/models', status: 403, requestId: 'request-1' },
    ]);
  });

  it('leaves neither credentials nor comments in the log', async () => {
    const world = new World();
    await world.post('/uploads', { model: 'fraud' });
    await world.post(`/approvals/${APPROVAL_ID}/votes`, {
      decision: 'refuse',
      comment: 'the margin is ours alone',
      digest: DIGEST,
      policyHash: POLICY,
    });
    const log = JSON.stringify(world.lines);
    expect(world.lines.map(({ status }) => status)).toEqual([201, 200]);
    for (const secret of [...Object.values(SECRETS), 'margin']) expect(log).not.toContain(secret);
  });

  it('says nothing of a fault but the request’s id; the log has the rest', async () => {
    const world = new World();
    world.documents.delete('model.sig');
    const fault = new Error('s3://evidence is on fire');
    const readJson = () => Promise.reject(fault);
    Object.assign(world.ports.evidence, { readJson });
    const { status, body } = await world.get('/models/fraud/versions/1.0.0');
    expect(status).toBe(500);
    expect(body).toMatchObject({ detail: expect.stringContaining('request request-1') });
    expect(JSON.stringify(body)).not.toContain('fire');
    expect(world.faults).toEqual([fault]);
    expect(world.lines).toMatchObject([{ status: 500, person: 'ana' }]);
  });
});
