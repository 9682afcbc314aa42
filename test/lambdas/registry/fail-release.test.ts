import { beforeEach, describe, expect, it } from 'vitest';
import type { Stage } from '#domain/registry/stage.ts';
import { failRelease } from '../../../lambdas/registry/fail-release.ts';
import { MemoryClaims } from '../../support/memory-claims.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { execution, releaseOf, subject, versionRecord } from '../../support/sample-release.ts';

const object = { bucket: 'b', key: 'k', versionId: '1' };
const claim = {
  principal: 'AIDA1',
  tenant: 'acme',
  model: 'iris',
  uploadId: 'u1',
  execution,
  createdAt: '2026-01-01T00:00:00.000Z',
};
const record = versionRecord();

let registry: MemoryRegistry;
let claims: MemoryClaims;

const fail = (state: object = {}) =>
  failRelease({ registry, claims, changes: registry })({
    state: {
      upload: { output: { object, claim } },
      fault: { Error: 'Runtime.HandlerError', Cause: 'no memory' },
      ...state,
    },
  });
const registration = { release: releaseOf(record) };

beforeEach(async () => {
  registry = new MemoryRegistry();
  claims = new MemoryClaims();
  await claims.claim(object, claim);
});

describe('a release that broke off before its version was written', () => {
  it('is shown on the upload, with the cause and what to do', async () => {
    expect(await fail()).toEqual({ stage: 'UNREGISTERED' });
    expect(await claims.get('acme', object)).toEqual({
      ...claim,
      outcome: 'FAULTED',
      problems: [
        {
          field: 'release',
          got: 'Runtime.HandlerError: no memory',
          expected: 'a release without a fault',
          remedy: 'upload manifest.json again; if it faults again, see docs/runbook.md',
        },
      ],
    });
  });

  it.each([
    [{}, 'fault: no cause given'],
    [{ Error: 'States.Timeout', Cause: null }, 'States.Timeout: no cause given'],
  ])('says what is known of the fault %j', async (fault, got) => {
    await fail({ fault });
    expect(await claims.get('acme', object)).toMatchObject({ problems: [{ got }] });
  });

  it('does not keep whole stack traces', async () => {
    await fail({ fault: { Error: 'E', Cause: 'x'.repeat(5000) } });
    expect(await claims.get('acme', object)).toMatchObject({
      problems: [{ got: `E: ${'x'.repeat(1000)}` }],
    });
  });

  it('changes nothing the second time', async () => {
    await fail();
    await fail({ fault: { Error: 'Other' } });
    expect(await claims.get('acme', object)).toMatchObject({
      problems: [{ got: 'Runtime.HandlerError: no memory' }],
    });
  });
});

describe('a release that broke off later', () => {
  it('fails a version that was not judged to the end', async () => {
    registry.put(record);
    expect(await fail({ registration })).toEqual({ stage: 'FAILED' });
    expect(await registry.version(subject)).toMatchObject({
      state: 'FAILED',
      failure: 'the release broke off: Runtime.HandlerError: no memory',
    });
    expect(registry.transitions).toMatchObject([{ actor: 'fail-release' }]);
  });

  it.each(['STAGING', 'PRODUCTION', 'FAILED'] as const)(
    'leaves a version in %s as it is',
    async (state: Stage) => {
      registry.put({ ...record, state });
      expect(await fail({ registration })).toEqual({ stage: state });
      expect(await registry.version(subject)).toEqual({ ...record, state });
    },
  );

  it('fails the version of a task that wrote it and whose answer was lost', async () => {
    registry.put(record);
    const { version, digest } = record;
    claims.held.set([...claims.held.keys()][0] ?? '', {
      ...claim,
      outcome: 'REGISTERED',
      version,
      digest,
    });
    expect(await fail({ registration: null })).toEqual({ stage: 'FAILED' });
    expect(await registry.version(subject)).toMatchObject({ state: 'FAILED' });
  });
});
