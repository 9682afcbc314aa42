import { describe, expect, it } from 'vitest';
import { parseManifestKey } from '#domain/registry/upload-key.ts';
import { ANA, BUCKET, claimsOf, SECRETS, World } from './world.ts';

const begun = '0198c5f0-0000-7000-8000-00000000000a';

describe('POST /uploads', () => {
  it('opens a session of the caller below a prefix that registration can read', async () => {
    const world = new World();
    const { status, body } = await world.post('/uploads', { model: 'fraud' });
    const { uploadId, prefix, ...rest } = body as { uploadId: string; prefix: string };
    expect(status).toBe(201);
    expect(uploadId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(parseManifestKey(`${prefix}manifest.json`)).toEqual({
      principal: 'AROA1:ana@acme',
      tenant: 'acme',
      model: 'fraud',
      uploadId,
    });
    expect(rest).toEqual({
      bucket: BUCKET,
      region: 'eu-west-1',
      credentials: {
        accessKeyId: 'ASIA1',
        ...SECRETS,
        expiration: '2026-01-01T00:00:00.000Z',
      },
    });
    expect(world.opened).toEqual([
      { person: 'ana@acme', upload: { tenant: 'acme', model: 'fraud', uploadId } },
    ]);
  });

  it('maps the session to the caller with the roles that the token has now', async () => {
    const world = new World();
    await world.post('/uploads', { model: 'fraud' }, claimsOf('sub-ana', 'acme', 'data_scientist'));
    await world.post('/uploads', { model: 'fraud' }, ANA);
    expect(world.people.get('AROA1:ana@acme')).toEqual({
      id: 'ana',
      tenant: 'acme',
      roles: ['ml_engineer'],
    });
  });

  it('faults, and gives no credentials, when the session belongs to another person', async () => {
    const world = new World();
    world.people.set('AROA1:ana@acme', { id: 'ana', tenant: 'rival', roles: ['ml_engineer'] });
    const { status, body } = await world.post('/uploads', { model: 'fraud' });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain(SECRETS.secretAccessKey);
    expect(world.people.get('AROA1:ana@acme')?.tenant).toBe('rival');
  });

  it('gives new credentials for an upload that was begun before', async () => {
    const { body } = await new World().post('/uploads', { model: 'fraud', uploadId: begun });
    expect(body).toMatchObject({ prefix: `uploads/AROA1:ana@acme/acme/fraud/${begun}/` });
  });

  it.each([
    [{}, 'model'],
    [{ model: 'a/b' }, 'model'],
    [{ model: '../fraud' }, 'model'],
    [{ model: 'fraud', uploadId: '*' }, 'uploadId'],
    [{ model: 'fraud', uploadId: '..' }, 'uploadId'],
    [[], 'document'],
  ])('refuses %j and opens no session', async (body, field) => {
    const world = new World();
    const answer = await world.post('/uploads', body);
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ field }] } });
    expect(world.opened).toEqual([]);
  });
});
