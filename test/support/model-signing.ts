import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stockPython } from './stock-python.ts';

const run = promisify(execFile);
/** What it needs, pinned. */
export const MODEL_SIGNING = 'requirements.txt';

/** What the stock `model_signing verify key` says of a directory; `signaturePath` may lie in it. */
export async function modelSigningVerify(of: {
  readonly dir: string;
  readonly publicKeyPem: string;
  readonly signaturePath: string;
}): Promise<{ accepted: boolean; output: string }> {
  const python = await stockPython(MODEL_SIGNING);
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
