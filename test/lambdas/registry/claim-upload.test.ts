import { beforeEach, describe, expect, it } from 'vitest';
import { claimUpload } from '../../../lambdas/registry/claim-upload.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryClaims } from '../../support/memory-claims.ts';

const key = 'uploads/AIDA1/acme/iris/u1/manifest.json';
let artifacts: MemoryArtifacts;
let claims: MemoryClaims;

const claim = (event: { key?: string; versionId?: string | null; execution?: string } = {}) =>
  claimUpload({ artifacts, claims })({
    bucket: 'artifacts',
    object: { key: event.key ?? key, 'version-id': event.versionId },
    execution: event.execution ?? 'one',
  });

beforeEach(() => {
  artifacts = new MemoryArtifacts();
  claims = new MemoryClaims();
  artifacts.write(key, '{}');
});

describe('claimUpload', () => {
  it('gives an upload to the execution, and says whose it is', async () => {
    expect(await claim({ versionId: '1' })).toEqual({
      outcome: 'claimed',
      object: { bucket: 'artifacts', key, versionId: '1' },
      claim: {
        principal: 'AIDA1',
        tenant: 'acme',
        model: 'iris',
        uploadId: 'u1',
        execution: 'one',
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
  });

  it('pins the newest version where the event names none', async () => {
    artifacts.write(key, '{"again": true}');
    expect(await claim({ versionId: null })).toMatchObject({ object: { versionId: '2' } });
  });

  it('claims the version that the event names, though a newer one is there', async () => {
    artifacts.write(key, '{"again": true}');
    expect(await claim({ versionId: '1' })).toMatchObject({ object: { versionId: '1' } });
  });

  it.each([
    ['one folder more', 'uploads/AIDA1/acme/iris/u1/sub/manifest.json'],
    ['one folder less', 'uploads/AIDA1/acme/iris/manifest.json'],
    ['another alphabet', 'uploads/AIDA1/Acme/iris/u1/manifest.json'],
    ['another place', 'backup/AIDA1/acme/iris/u1/manifest.json'],
  ])('ignores a key of %s, and keeps nothing', async (_, other) => {
    artifacts.write(other, '{}');
    expect(await claim({ key: other })).toEqual({
      outcome: 'ignored',
      reason: `key ${other} is not uploads/<principal>/<tenant>/<model>/<upload-id>/manifest.json`,
    });
    expect(claims.held.size).toBe(0);
  });

  it('ignores an object that is gone by now', async () => {
    expect(await claim({ versionId: '9' })).toEqual({
      outcome: 'ignored',
      reason: `${key} was deleted`,
    });
    expect(claims.held.size).toBe(0);
  });

  it('answers an event that comes twice with one claim', async () => {
    await claim({ execution: 'one' });
    expect(await claim({ execution: 'two' })).toEqual({
      outcome: 'duplicate',
      reason: `another execution has ${key}`,
    });
  });

  it('lets the same execution have it again, when its task is retried', async () => {
    await claim();
    expect(await claim()).toMatchObject({ outcome: 'claimed' });
  });
});
