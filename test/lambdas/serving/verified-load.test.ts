import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { openVerified } from '../../../lambdas/serving/open-verified.ts';
import { P256Key } from '../../support/p256-key.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { httpEvent, LOGISTIC, onnx, registryFixture, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const EXTERNAL = {
  files: {
    'model.onnx': registryFixture('external-data.onnx'),
    'weights.bin': registryFixture('weights.bin'),
  },
  io: {
    inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [-1, 4] }],
    outputs: [{ name: 'y', datatype: 'FP32' as const, shape: [-1, 3] }],
  },
};

useOwnTmpdir();

let world: World;
beforeEach(() => {
  world = new World();
});

const infer = async (path = '/v2/models/risk/infer') => {
  const { statusCode, body } = await world.sandbox()(httpEvent('POST', path, ROW));
  return { status: statusCode, body: String(body) };
};
const ready = async () => {
  const { statusCode } = await world.sandbox()(httpEvent('GET', '/v2/models/risk/ready'));
  return statusCode;
};
/** Nothing is served, everything is recorded, and the client learns neither hash nor key. */
async function refusedFor(what: string): Promise<void> {
  const { status, body } = await infer();
  expect(status).toBe(503);
  expect(JSON.parse(body).error).toContain(`${what} did not pass verification`);
  expect(body).not.toMatch(/[0-9a-f]{40}|PUBLIC KEY/);
  expect(world.mismatches).toMatchObject([{ kind: 'integrity-mismatch', what }]);
  expect(world.mismatches[0]?.got).not.toBe(world.mismatches[0]?.expected);
  expect(world.lines.at(-1)).toMatchObject({
    level: 'error',
    fields: { error: 'integrity-mismatch' },
  });
}
/** Writes the version's artifact record anew, with a pointer that is right for it. */
function rewriteRecord(version: VersionRecord, change: (record: Rewritable) => void): void {
  const record = JSON.parse(
    new TextDecoder().decode(world.evidence.get(version.artifact.key)),
  ) as Rewritable;
  change(record);
  world.put({ ...version, artifact: world.store(`${version.artifact.key}.2`, record) });
}
interface Rewritable {
  digest: string;
  files: { path: string; sha256: string; size: number; key: string; versionId: string }[];
  manifest: { entrypoint: string; io: unknown };
}
const flipLastByte = (bytes: Uint8Array = new Uint8Array(1)): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

describe('a version is not served', () => {
  it('when a byte of the model has changed', async () => {
    await world.release();
    const key = 'uploads/acme/risk/1.0.0/model.onnx';
    world.objects.set(key, flipLastByte(world.objects.get(key)));
    await refusedFor('file model.onnx');
  });

  it('when a byte of its external weights has changed', async () => {
    await world.release(EXTERNAL);
    const key = 'uploads/acme/risk/1.0.0/weights.bin';
    world.objects.set(key, flipLastByte(world.objects.get(key)));
    expect(await ready()).toBe(503);
    expect(world.mismatches).toMatchObject([{ what: 'file weights.bin' }]);
  });

  it('when its manifest has changed, for that says what the tensors mean', async () => {
    await world.release();
    const key = 'uploads/acme/risk/1.0.0/manifest.json';
    world.objects.set(key, flipLastByte(world.objects.get(key)));
    await refusedFor('manifest.json');
  });

  it('when its artifact record has changed in place', async () => {
    const { artifact } = await world.release();
    world.evidence.set(artifact.key, flipLastByte(world.evidence.get(artifact.key)));
    await refusedFor('artifact record');
  });

  it('when the registry points to another record, with other files', async () => {
    const other = onnx('fixed-batch');
    const version = await world.release();
    rewriteRecord(version, ({ files }) => {
      const model = files.find(({ path }) => path === 'model.onnx');
      if (!model) throw new Error('no model in the record');
      world.objects.set('elsewhere', other);
      const { sha256 } = world.store('elsewhere', other.toString('latin1'));
      Object.assign(model, { sha256, size: other.length, key: 'elsewhere' });
    });
    await refusedFor('signature');
  });

  it('when the registry points to a record with fewer files', async () => {
    rewriteRecord(await world.release(EXTERNAL), ({ files }) => {
      files.splice(
        files.findIndex(({ path }) => path === 'weights.bin'),
        1,
      );
    });
    await refusedFor('signature');
  });

  it('when the registry points to the record of another digest', async () => {
    rewriteRecord(await world.release(), (record) => {
      record.digest = '0'.repeat(64);
    });
    await refusedFor('artifact record');
  });

  it('when the record is no record', async () => {
    const version = await world.release();
    world.put({ ...version, artifact: world.store('nonsense', 'not JSON') });
    await refusedFor('artifact record');
  });

  it('when another key signed it', async () => {
    await world.release({ artifactKey: new P256Key() });
    await refusedFor('signature');
  });

  it('when the attestation key signed it in place of the artifact key', async () => {
    await world.release({ artifactKey: world.attestationKey });
    await refusedFor('signature');
  });

  it('when it has no signature', async () => {
    const { signature: _, ...unsigned } = await world.release();
    world.put(unsigned);
    await refusedFor('signature');
  });

  it('when the signature is of another version, genuine as it is', async () => {
    const version = await world.release();
    const other = await world.release({ files: { 'model.onnx': onnx('fixed-batch') } });
    world.send(version);
    world.put({ ...version, signature: other.signature ?? version.artifact });
    await refusedFor('signature');
  });

  it('when it was never admitted', async () => {
    const { admission: _, ...unadmitted } = await world.release();
    world.put(unadmitted);
    await refusedFor('admission');
  });

  it('when another key admitted it', async () => {
    await world.release({ attestationKey: new P256Key() });
    await refusedFor('admission');
  });

  it('when the artifact key admitted it in place of the attestation key', async () => {
    await world.release({ attestationKey: world.artifactKey });
    await refusedFor('admission');
  });

  it.each([
    ['another version', { subject: { tenant: 'acme', model: 'risk', version: '2.0.0' } }],
    ['another model', { subject: { tenant: 'acme', model: 'fraud', version: '1.0.0' } }],
    ['another tenant', { subject: { tenant: 'rival', model: 'risk', version: '1.0.0' } }],
    ['another digest', { digest: '0'.repeat(64) as VersionRecord['digest'] }],
    ['staging alone', { scope: 'STAGING' as const }],
  ])('when what was admitted is %s', async (_, admission) => {
    await world.release({ admission });
    await refusedFor('admission');
  });

  it('when the route means another digest than the registry has', async () => {
    const version = await world.release();
    world.send({ ...version, digest: '0'.repeat(64) as VersionRecord['digest'] });
    const { status, body } = await infer();
    expect(status).toBe(503);
    expect(JSON.parse(body).error).toContain('digest did not pass verification');
  });

  it('when its weights lie in a file that nobody signed', async () => {
    await world.release({ ...EXTERNAL, files: { 'model.onnx': EXTERNAL.files['model.onnx'] } });
    expect(await ready()).toBe(503);
    expect(world.mismatches).toMatchObject([{ what: 'external data weights.bin' }]);
  });

  it('when its weights lie outside of the artifact', async () => {
    const files = { 'model.onnx': registryFixture('external-escape.onnx') };
    await world.release({ ...EXTERNAL, files });
    expect(await ready()).toBe(503);
    expect(world.lines.at(-1)?.fields).toMatchObject({ error: 'unservable' });
  });

  it('when it is no model, signed or not', async () => {
    await world.release({ files: { 'model.onnx': Buffer.from('not a model') } });
    const { status, body } = await infer();
    expect(status).toBe(503);
    expect(JSON.parse(body).error).toContain('risk 1.0.0 is not served: ');
  });

  it('when it is too large for the memory set aside for sessions', async () => {
    world = new World(16 * 1024 * 1024);
    await world.release();
    const { status, body } = await infer();
    expect(status).toBe(503);
    expect(JSON.parse(body).error).toContain('more than SESSION_CACHE_MIB allows; raise it');
  });

  it('when it is larger than this backend takes, and says what to do', async () => {
    const weights = { path: 'weights.bin', key: 'w', versionId: '1', size: 1e9, sha256: '' };
    const models = world.models();
    const version = await world.release();
    const vouched = await models.vouched(version);
    if (!vouched.ok) throw new Error('the version was refused');
    const large = { ...vouched.value, files: [...vouched.value.files, weights] };
    expect(await openVerified(world.artifacts, large, async () => true)).toMatchObject({
      ok: false,
      refusal: {
        kind: 'unservable',
        reason: expect.stringMatching(/expected at most 1000000000; release a smaller version/),
      },
    });
  });
});

describe('verified models', () => {
  it('are not read again and again once they were refused', async () => {
    await world.release();
    const key = 'uploads/acme/risk/1.0.0/model.onnx';
    const genuine = world.objects.get(key) ?? new Uint8Array();
    world.objects.set(key, flipLastByte(genuine));
    const serve = world.sandbox();
    const statusOf = async () =>
      (await serve(httpEvent('POST', '/v2/models/risk/infer', ROW))).statusCode;
    expect([await statusOf(), await statusOf()]).toEqual([503, 503]);
    expect(world.opened.filter((opened) => opened === key)).toHaveLength(1);
    expect(world.mismatches).toHaveLength(1);

    world.objects.set(key, genuine);
    world.now += 10_000;
    expect(await statusOf()).toBe(200);
  });

  it('are verified anew when their admission is another one', async () => {
    const serve = world.sandbox();
    const statusOf = async () =>
      (await serve(httpEvent('POST', '/v2/models/risk/infer', ROW))).statusCode;
    const version = await world.release();
    expect(await statusOf()).toBe(200);
    world.put({ ...version, admission: world.store('forged', '{}') });
    world.now += 10_000;
    expect(await statusOf()).toBe(503);
    expect(world.mismatches).toMatchObject([{ what: 'admission' }]);
  });

  it('are loaded once by callers that come together', async () => {
    const version = await world.release();
    const models = world.models();
    const leases = await Promise.all(Array.from({ length: 8 }, () => models.session(version)));
    expect(leases.every(({ ok }) => ok)).toBe(true);
    expect(world.opened.filter((key) => key.endsWith('model.onnx'))).toHaveLength(1);
    expect(new Set(leases.map((lease) => lease.ok && lease.value.value)).size).toBe(1);
  });

  it('lie in a private directory while they are open, and are gone when evicted', async () => {
    // Room for one: each takes 85 MB and a little.
    world = new World(100_000_000);
    const first = await world.release();
    const second = await world.release({ subject: { model: 'fraud' } });
    const models = world.models();
    const before = new Set(await modelDirectories());
    const lease = await models.session(first);
    if (!lease.ok) throw new Error('the version was refused');
    const [directory = ''] = (await modelDirectories()).filter((name) => !before.has(name));
    const modes = await Promise.all(
      ['', 'model.onnx'].map(async (path) => (await stat(join(tmpdir(), directory, path))).mode),
    );
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o600]);

    // In use, it stays open although its place is taken.
    expect(await models.session(second)).toMatchObject({ ok: true });
    const x = { ...LOGISTIC.inputs[0], name: 'x', datatype: 'FP32' as const, shape: [1, 3] };
    const input = { ...x, data: Float32Array.of(2, 0, 0) };
    const answer = await lease.value.value.run([input], ['p'], 1_000);
    expect(answer.ok && answer.outputs.get('p')?.shape).toEqual([1, 1]);
    expect(await modelDirectories()).toContain(directory);

    lease.value.release();
    await vi.waitFor(async () => expect(await modelDirectories()).not.toContain(directory));
    const opened = world.opened.length;
    expect(await models.session(first)).toMatchObject({ ok: true, value: { cold: true } });
    expect(world.opened.length).toBeGreaterThan(opened);
  });

  it('leave no files behind when they are refused', async () => {
    await world.release();
    const key = 'uploads/acme/risk/1.0.0/model.onnx';
    world.objects.set(key, flipLastByte(world.objects.get(key)));
    const before = new Set(await modelDirectories());
    await infer();
    expect((await modelDirectories()).filter((name) => !before.has(name))).toEqual([]);
  });
});

const modelDirectories = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('assay-model-'));
