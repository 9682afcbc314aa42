import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signArtifact } from '#domain/signing/signer.ts';
import { hashFile } from '../../cli/artifact-folder.ts';
import { P256Key } from '../support/p256-key.ts';
import { FakeCloud } from './support/fake-cloud.ts';
import { digestOf, sha256, writeArtifact } from './support/samples.ts';
import { Terminal } from './support/terminal.ts';

const FILES = { 'data/rows.csv': 'a,b\n1,2\n', 'model.onnx': 'not really' };
const key = new P256Key();
let terminal: Terminal;
let folder: string;
let publicKey: string;
let manifest: string;
let bundle: string;

beforeEach(async () => {
  terminal = await Terminal.open();
  folder = join(terminal.home, 'signed');
  publicKey = join(terminal.home, 'key.pem');
  manifest = await writeArtifact(folder, FILES);
  const files = await Promise.all(
    [...Object.keys(FILES), 'manifest.json'].map(async (path) => ({
      path,
      sha256: await hashFile(join(folder, path)),
    })),
  );
  ({ bundle } = await signArtifact('signed', files, key));
  await writeFile(join(folder, 'model.sig'), bundle);
  await writeFile(publicKey, key.pem);
});

describe('verifying a folder with a key', () => {
  const verify = () => terminal.run('verify', folder, '--public-key', publicKey, '--json');

  it('needs neither login nor network', async () => {
    const { exit, stdout } = await verify();
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      outcome: 'verified',
      digest: digestOf({ ...FILES, 'manifest.json': manifest }),
      files: 3,
      key: { hint: expect.stringMatching(/^[0-9a-f]{64}$/), from: publicKey },
    });
  });

  it('is invalid when a file changed', async () => {
    await writeFile(join(folder, 'model.onnx'), 'not realli');
    const { exit, stdout } = await verify();
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'invalid',
      reason: "'model.onnx' has changed since it was signed",
    });
  });

  it('is invalid when a file was added', async () => {
    await writeFile(join(folder, 'data/more.csv'), '');
    expect(JSON.parse((await verify()).stdout).reason).toContain("'data/more.csv' is not signed");
  });

  it('is invalid under another key', async () => {
    await writeFile(publicKey, new P256Key().pem);
    expect((await verify()).exit).toBe(1);
  });

  it('refuses a folder with links', async () => {
    await symlink('model.onnx', join(folder, 'link'));
    const { exit, stderr } = await verify();
    expect(exit).toBe(1);
    expect(stderr).toContain('file "link": got a symbolic link');
  });

  it('tells an unsupported signature from an invalid one', async () => {
    const parsed = JSON.parse(bundle);
    parsed.verificationMaterial.publicKey = {};
    const other = join(terminal.home, 'other.sig');
    await writeFile(other, JSON.stringify(parsed));
    const argv = ['verify', folder, '--public-key', publicKey, '--signature', other];
    const { exit, stdout } = await terminal.run(...argv);
    expect(exit).toBe(2);
    expect(stdout).toMatch(/^unsupported {2}/);
  });

  it('says which file is not a key', async () => {
    await writeFile(publicKey, 'hello');
    const { exit, stderr } = await verify();
    expect(exit).toBe(3);
    expect(stderr).toContain(publicKey);
  });
});

describe('with the API', () => {
  let cloud: FakeCloud;
  let contents: Record<string, string>;
  const offer = (more: Readonly<Record<string, unknown>> = {}) => ({
    digest: digestOf(contents),
    files: Object.entries(contents).map(([path, content]) => ({
      path,
      size: Buffer.byteLength(content),
      sha256: sha256(content),
      url: `${cloud.url}/presigned/${path}?X-Amz-Signature=s`,
    })),
    signature: JSON.parse(bundle),
    publicKeyPem: key.pem,
    ...more,
  });
  const DOWNLOAD = 'GET /governance/models/iris/versions/1.0.0/download';

  beforeEach(async () => {
    cloud = await new FakeCloud().start();
    await terminal.login(cloud);
    contents = { ...FILES, 'manifest.json': manifest };
    for (const [path, content] of Object.entries(contents)) {
      cloud.on(`GET /presigned/${path}`, () => ({ body: Buffer.from(content) }));
    }
    cloud.on(DOWNLOAD, () => ({ body: offer() }));
  });
  afterEach(() => cloud.stop());

  it('takes the key from the API where none is given', async () => {
    cloud.on('GET /governance/keys', {
      artifact: { pem: key.pem, hint: 'h' },
      attestation: { pem: '', hint: '' },
    });
    const { exit, stdout } = await terminal.run('verify', folder);
    expect(exit).toBe(0);
    expect(stdout).toContain('(from the API)');
  });

  it('verifies a version by its streamed files, without handing the token to S3', async () => {
    const { exit } = await terminal.run('verify', 'iris@1.0.0', '--public-key', publicKey);
    expect(exit).toBe(0);
    const [request] = cloud.sent('GET', '/presigned/model.onnx');
    expect(request?.headers.authorization).toBeUndefined();
  });

  it('refuses a version whose stored bytes changed', async () => {
    cloud.on('GET /presigned/model.onnx', () => ({ body: Buffer.from('not realli') }));
    const { exit, stderr } = await terminal.run('verify', 'iris@1.0.0');
    expect(exit).toBe(1);
    expect(stderr).toContain('file "model.onnx": got SHA-256');
  });

  it('is invalid when the API hands out another signed version under the name', async () => {
    cloud.on('GET /governance/models/iris/versions/2.0.0/download', () => ({ body: offer() }));
    const { exit, stdout } = await terminal.run('verify', 'iris@2.0.0');
    expect(exit).toBe(1);
    expect(stdout).toContain('the signed manifest is of iris@1.0.0, expected iris@2.0.0');
  });

  it('downloads a version so that it verifies offline', async () => {
    const target = join(terminal.home, 'new/folder');
    expect((await terminal.run('download', 'iris@1.0.0', target)).exit).toBe(0);
    expect((await readdir(target, { recursive: true })).sort()).toEqual([
      'data',
      'data/rows.csv',
      'manifest.json',
      'model.onnx',
      'model.sig',
    ]);
    expect(await readFile(join(target, 'model.onnx'), 'utf8')).toBe('not really');
    cloud.stop();
    expect((await terminal.run('verify', target, '--public-key', publicKey)).exit).toBe(0);
  });

  it.each([
    '../escaped',
    '/etc/passwd',
    'a/../../escaped',
    'a\\..\\escaped',
    'C:/escaped',
    'model.sig',
    '.git/hooks/post-checkout',
    '',
  ])('writes nothing when the API names the path "%s"', async (path) => {
    const [file] = offer().files;
    cloud.on(DOWNLOAD, () => ({ body: offer({ files: [{ ...file, path }] }) }));
    const parent = join(terminal.home, 'parent');
    await mkdir(parent);
    const { exit, stderr } = await terminal.run('download', 'iris@1.0.0', join(parent, 'target'));
    expect(exit).toBe(1);
    expect(stderr).toContain('nothing was written');
    expect(await readdir(parent)).toEqual([]);
    expect(cloud.requests.filter((request) => request.path.startsWith('/presigned'))).toEqual([]);
  });

  it.each([
    ['longer', 'not really and more'],
    ['shorter', 'not'],
    ['other', 'not realli'],
  ])('leaves nothing behind when a file is %s than promised', async (_, content) => {
    cloud.on('GET /presigned/model.onnx', () => ({ body: Buffer.from(content) }));
    const parent = join(terminal.home, 'parent');
    await mkdir(parent);
    expect((await terminal.run('download', 'iris@1.0.0', join(parent, 'target'))).exit).toBe(1);
    expect(await readdir(parent)).toEqual([]);
  });

  it('leaves nothing behind when the signature is invalid', async () => {
    cloud.on(DOWNLOAD, () => ({ body: offer({ publicKeyPem: new P256Key().pem }) }));
    const parent = join(terminal.home, 'parent');
    await mkdir(parent);
    expect((await terminal.run('download', 'iris@1.0.0', join(parent, 'target'))).exit).toBe(1);
    expect(await readdir(parent)).toEqual([]);
  });

  it('follows a list of files over pages', async () => {
    const [first, ...rest] = offer().files;
    cloud.on(DOWNLOAD, () => ({ body: offer({ files: [first], cursor: 'next' }) }));
    cloud.on(`${DOWNLOAD}?cursor=next`, () => ({ body: offer({ files: rest }) }));
    expect((await terminal.run('verify', 'iris@1.0.0')).exit).toBe(0);
  });

  it('asks for new addresses before the old ones end', async () => {
    const path = DOWNLOAD.split(' ')[1] ?? '';
    cloud.on('GET /presigned/data/rows.csv', () => {
      terminal.pass(11 * 60_000);
      return { body: Buffer.from(contents['data/rows.csv'] ?? '') };
    });
    expect((await terminal.run('verify', 'iris@1.0.0')).exit).toBe(0);
    expect(cloud.sent('GET', path)).toHaveLength(2);
  });

  it('does not mix a version with files that lie there', async () => {
    const { exit, stderr } = await terminal.run('download', 'iris@1.0.0', folder);
    expect(exit).toBe(3);
    expect(stderr).toContain('expected a new or empty folder');
  });
});
