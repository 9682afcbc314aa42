import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL('../interop/requirements.txt', import.meta.url));
const HOME = fileURLToPath(new URL('../../.local/interop', import.meta.url));

/** What the stock `model_signing verify key` says of a directory; `signaturePath` may lie in it. */
export async function modelSigningVerify(of: {
  readonly dir: string;
  readonly publicKeyPem: string;
  readonly signaturePath: string;
}): Promise<{ accepted: boolean; output: string }> {
  const python = await stockPython();
  const scratch = await mkdtemp(join(tmpdir(), 'assay-public-key-'));
  const publicKey = join(scratch, 'key.pub.pem');
  await writeFile(publicKey, of.publicKeyPem);
  const options = ['--public_key', publicKey, '--signature', of.signaturePath];
  const command = ['-m', 'model_signing', 'verify', 'key', ...options, of.dir];
  try {
    const { stdout, stderr } = await run(python, command);
    return { accepted: true, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    // Exit code 1 is also what a broken installation gives; a verdict names itself.
    if (code !== 1 || !stderr.includes('Verification failed')) throw error;
    return { accepted: false, output: stdout + stderr };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Python of a virtual environment with exactly the pinned requirements, made where it lacks. */
export async function stockPython(): Promise<string> {
  const pins = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  const venv = `${HOME}/venv-${pins.slice(0, 12)}`;
  if (existsSync(venv)) return `${venv}/bin/python`;

  // Renamed when complete, so that nobody finds half of one; `python -m` survives the move.
  const draft = `${HOME}/draft-${process.pid}`;
  await mkdir(HOME, { recursive: true });
  await run('python3', ['-m', 'venv', draft]);
  await run(`${draft}/bin/python`, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS]);
  await rename(draft, venv).catch(async (error) => {
    await rm(draft, { recursive: true });
    if (!existsSync(venv)) throw error;
  });
  return `${venv}/bin/python`;
}
