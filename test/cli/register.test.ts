import { randomBytes } from 'node:crypto';
import { appendFile, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { approval, digestOf, gate, version, writeArtifact } from './support/samples.ts';
import { Terminal } from './support/terminal.ts';

const PREFIX = 'uploads/AROA:dora/default/iris/u-1/';
const FILES = { 'data/rows.csv': 'a,b\n1,2\n', 'model.onnx': 'not really' };
const UPLOADS = '/governance/uploads';
const VERSION = '/governance/models/iris/versions/1.0.0';

const grant = (uploadId: string) => ({
  uploadId,
  bucket: 'artifacts',
  prefix: `uploads/AROA:dora/default/iris/${uploadId}/`,
  region: 'eu-west-1',
  credentials: {
    accessKeyId: 'AKIA',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiration: new Date(Date.now() + 3600_000).toISOString(),
  },
});

let cloud: FakeCloud;
let terminal: Terminal;
let folder: string;
let digest: string;

async function artifact(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  const manifest = await writeArtifact(folder, files);
  digest = digestOf({ ...files, 'manifest.json': manifest });
}

beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  folder = join(terminal.home, 'artifact');
  let uploads = 0;
  cloud.on(`POST ${UPLOADS}`, ({ body }) => {
    const { uploadId } = body as { uploadId?: string };
    uploads += uploadId ? 0 : 1;
    return { status: 201, body: grant(uploadId ?? `u-${uploads}`) };
  });
  cloud.on('GET /governance/releases', () => ({
    body: { outcome: 'REGISTERED', model: 'iris', version: '1.0.0', digest, execution: 'arn' },
  }));
  await terminal.login(cloud);
});
afterEach(() => cloud.stop());

describe('before the upload', () => {
  const refusal = async () => {
    const { exit, stdout } = await terminal.run('register', folder, '--json');
    expect(exit).toBe(1);
    expect(cloud.sent('POST', UPLOADS)).toEqual([]);
    return JSON.parse(stdout) as { outcome: string; problems: { field: string; got: string }[] };
  };

  it('finds every file that is not as the manifest says', async () => {
    await artifact(FILES);
    await writeFile(join(folder, 'model.onnx'), 'not realli');
    await appendFile(join(folder, 'data/rows.csv'), '3,4\n');
    await writeFile(join(folder, 'notes.txt'), 'hello');
    await symlink('model.onnx', join(folder, 'link.onnx'));
    const { outcome, problems } = await refusal();
    expect(outcome).toBe('REFUSED');
    expect(
      problems.map(({ field, got }) => `${field} ${got.replace(/[0-9a-f]{64}/, '…')}`),
    ).toEqual([
      'file "link.onnx" a symbolic link',
      'file "data/rows.csv" 12 bytes',
      'file "model.onnx" SHA-256 …',
      'file "notes.txt" an unlisted file',
    ]);
  });

  it('finds files that are missing', async () => {
    await artifact(FILES);
    await writeArtifact(folder, FILES, {
      files: [
        { path: 'model.onnx', sha256: '0'.repeat(64), size: 9 },
        { path: 'gone', sha256: '0'.repeat(64), size: 1 },
      ],
    });
    expect((await refusal()).problems.map(({ field }) => field)).toEqual([
      'file "model.onnx"',
      'file "gone"',
      'file "data/rows.csv"',
    ]);
  });

  it('names unknown fields of the manifest', async () => {
    await writeArtifact(folder, FILES, { modell: 'x' });
    expect((await refusal()).problems).toMatchObject([{ field: 'modell' }]);
  });

  it('names a version that is no semver', async () => {
    await writeArtifact(folder, FILES, { version: 'v1' });
    expect((await refusal()).problems).toMatchObject([{ field: 'version', got: '"v1"' }]);
  });

  it('points at init when there is no manifest', async () => {
    await artifact(FILES);
    const { stdout } = await terminal.run('register', join(folder, 'data'));
    expect(stdout).toContain('assay init');
  });

  it('refuses a manifest for a tenant that one is not logged in to', async () => {
    await writeArtifact(folder, FILES, { tenant: 'other' });
    const { exit, stderr } = await terminal.run('register', folder);
    expect(exit).toBe(1);
    expect(stderr).toContain('tenant: got "other", expected "default"');
    expect(cloud.sent('POST', UPLOADS)).toEqual([]);
  });
});

describe('uploading', () => {
  it('puts every file below the granted prefix, the manifest last', async () => {
    await artifact(FILES);
    const { exit, stdout } = await terminal.run('register', folder, '--no-wait', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      outcome: 'UPLOADED',
      model: 'iris',
      digest,
      key: `${PREFIX}manifest.json`,
      versionId: 'v-1',
    });
    expect(cloud.s3.log.at(-1)).toBe('PUT manifest.json');
    expect([...cloud.s3.objects.keys()].sort()).toEqual(
      ['data/rows.csv', 'manifest.json', 'model.onnx'].map((path) => PREFIX + path),
    );
    expect(cloud.s3.objects.get(`${PREFIX}model.onnx`)?.toString()).toBe('not really');
  });

  it('leaves out what signatures ignore', async () => {
    await artifact(FILES);
    await writeFile(join(folder, '.gitignore'), 'x');
    await writeFile(join(folder, 'model.sig'), 'x');
    expect((await terminal.run('register', folder, '--no-wait')).exit).toBe(0);
    expect(cloud.s3.objects.size).toBe(3);
  });

  it('goes on where an interrupted multipart upload stopped', async () => {
    const weights = randomBytes(20 * 1024 * 1024);
    await artifact({ ...FILES, 'model.onnx': weights });
    cloud.s3.denied.add('PART 3 model.onnx');
    const interrupted = await terminal.run('register', folder, '--no-wait');
    expect(interrupted.exit).toBe(3);
    expect(interrupted.stderr).toContain('AccessDenied');
    expect(interrupted.stderr).toContain('run the same command again');
    expect(cloud.s3.log).not.toContain('PUT manifest.json');

    cloud.s3.denied.clear();
    cloud.s3.log.length = 0;
    const resumed = await terminal.run('register', folder, '--no-wait');
    expect(resumed.exit).toBe(0);
    expect(cloud.sent('POST', UPLOADS).map(({ body }) => body)).toEqual([
      { model: 'iris' },
      { model: 'iris', uploadId: 'u-1' },
    ]);
    expect(cloud.s3.log).toEqual([
      'LIST model.onnx',
      'PART 3 model.onnx',
      'COMPLETE model.onnx',
      'PUT manifest.json',
    ]);
    expect(cloud.s3.objects.get(`${PREFIX}model.onnx`)?.equals(weights)).toBe(true);
  });

  it('starts again when the API does not know the interrupted upload', async () => {
    await artifact(FILES);
    cloud.s3.denied.add('PUT model.onnx');
    await terminal.run('register', folder, '--no-wait');
    cloud.s3.denied.clear();
    cloud.on(`POST ${UPLOADS}`, ({ body }) =>
      (body as { uploadId?: string }).uploadId
        ? { status: 404, body: { detail: 'no such upload' } }
        : { status: 201, body: grant('u-2') },
    );
    const { exit, stderr } = await terminal.run('register', folder, '--no-wait');
    expect(exit).toBe(0);
    expect(stderr).toContain('starting again');
    expect(cloud.s3.objects.has(`${PREFIX.replace('u-1', 'u-2')}data/rows.csv`)).toBe(true);
  });

  it('never resumes with other bytes', async () => {
    await artifact(FILES);
    cloud.s3.denied.add('PUT model.onnx');
    await terminal.run('register', folder, '--no-wait');
    cloud.s3.denied.clear();
    await artifact({ ...FILES, 'model.onnx': 'another!!!' });
    await terminal.run('register', folder, '--no-wait');
    expect(cloud.sent('POST', UPLOADS).map(({ body }) => body)).toEqual([
      { model: 'iris' },
      { model: 'iris' },
    ]);
  });

  it('remembers no upload that is complete, and no credentials ever', async () => {
    await artifact(FILES);
    cloud.s3.denied.add('PUT model.onnx');
    await terminal.run('register', folder, '--no-wait');
    const journal = join(terminal.assayHome, 'uploads.json');
    expect(await readFile(journal, 'utf8')).not.toContain('secret');
    cloud.s3.denied.clear();
    await terminal.run('register', folder, '--no-wait');
    expect(JSON.parse(await readFile(journal, 'utf8'))).toEqual({});
  });
});

describe('following the release', () => {
  beforeEach(() => artifact(FILES));

  it('waits until it is claimed and judged, and ends where people must approve', async () => {
    const steps = [
      version({ signed: false }),
      version({ gates: [gate('schema')] }),
      version({
        state: 'STAGING',
        gates: [gate('schema'), gate('performance')],
        approval: approval(),
      }),
    ];
    cloud.on('GET /governance/releases', () =>
      terminal.slept.length < 2
        ? { status: 404, body: {} }
        : { body: { outcome: 'REGISTERED', model: 'iris', version: '1.0.0', digest } },
    );
    cloud.on(`GET ${VERSION}`, () => ({
      body: (steps.length > 1 ? steps.shift() : steps[0]) ?? {},
    }));
    const { exit, stdout, stderr } = await terminal.run('register', folder, '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'REGISTERED',
      status: { state: 'STAGING' },
    });
    expect(stderr.trim().split('\n').slice(-5)).toEqual([
      'iris@1.0.0: VALIDATION, being signed',
      'gate schema: pass (3 checks)',
      'iris@1.0.0: VALIDATION, gates are judging, 1 done',
      'gate performance: pass (3 checks)',
      'iris@1.0.0: STAGING, waiting for approval, 0 of 2',
    ]);
    const asked = new URLSearchParams(
      cloud.sent('GET', '/governance/releases')[0]?.path.split('?')[1],
    );
    expect([...asked]).toEqual([
      ['key', `${PREFIX}manifest.json`],
      ['versionId', 'v-1'],
    ]);
  });

  it('ends with 1 and the problems when the upload is rejected', async () => {
    const problem = { field: 'version', got: '"1.0.0"', expected: 'another', remedy: 'bump it' };
    cloud.on('GET /governance/releases', {
      outcome: 'REJECTED',
      model: 'iris',
      problems: [problem],
    });
    const { exit, stdout } = await terminal.run('register', folder);
    expect(exit).toBe(1);
    expect(stdout).toBe('rejected  iris\n  version: got "1.0.0", expected another; bump it\n');
  });

  it('ends with 3 when the platform failed', async () => {
    cloud.on('GET /governance/releases', { outcome: 'FAULTED', model: 'iris' });
    expect((await terminal.run('register', folder)).exit).toBe(3);
  });

  it('ends with 1 when a gate fails', async () => {
    const gates = [gate('performance', 'fail')];
    cloud.on(`GET ${VERSION}`, version({ state: 'FAILED', gates }));
    expect((await terminal.run('register', folder)).exit).toBe(1);
  });

  it('ends with 2 when a gate could not tell', async () => {
    const gates = [gate('performance', 'inconclusive')];
    cloud.on(`GET ${VERSION}`, version({ state: 'FAILED', gates }));
    expect((await terminal.run('register', folder)).exit).toBe(2);
  });

  it('ends with 2 when time is up', async () => {
    cloud.on(`GET ${VERSION}`, version());
    expect((await terminal.run('register', folder, '--timeout', '30')).exit).toBe(2);
    expect(terminal.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(40_000);
  });

  it('says that the same bytes are registered already', async () => {
    cloud.on('GET /governance/releases', () => ({
      body: { outcome: 'KNOWN', model: 'iris', version: '1.0.0', digest },
    }));
    cloud.on(`GET ${VERSION}`, version({ state: 'PRODUCTION' }));
    const { exit, stdout } = await terminal.run('register', folder);
    expect(exit).toBe(0);
    expect(stdout).toContain('registered already, as iris@1.0.0');
  });

  it('refuses to go on when other bytes were registered than are here', async () => {
    digest = 'ee'.repeat(32);
    const { exit, stderr } = await terminal.run('register', folder);
    expect(exit).toBe(1);
    expect(stderr).toContain('do not approve it');
  });

  it('redraws the gates on a terminal, and leaves the whole status behind', async () => {
    terminal.isTTY = true;
    terminal.env.NO_COLOR = '1';
    const steps = [version(), version({ state: 'STAGING', approval: approval() })];
    cloud.on(`GET ${VERSION}`, () => ({
      body: (steps.length > 1 ? steps.shift() : steps[0]) ?? {},
    }));
    const { stdout, stderr } = await terminal.run('register', folder);
    const ESC = '\u001b';
    expect(stdout).toContain(`${ESC}[10A${ESC}[0J`);
    const left = stdout.slice(stdout.lastIndexOf(`${ESC}[0J`) + 4);
    expect(left).toMatch(/^iris@1\.0\.0 {2}STAGING {2}waiting for approval, 0 of 2\n/);
    expect(stderr).toContain('[##############################] 100 %');
  });
});
