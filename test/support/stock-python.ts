import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HOME = fileURLToPath(new URL('../../.local/interop', import.meta.url));

/**
 * Python of a virtual environment with exactly the pinned requirements, made where it lacks.
 * @param requirements a file in test/interop.
 */
export async function stockPython(requirements: string): Promise<string> {
  const file = fileURLToPath(new URL(`../interop/${requirements}`, import.meta.url));
  const pins = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const venv = `${HOME}/venv-${pins.slice(0, 12)}`;
  if (existsSync(venv)) return `${venv}/bin/python`;

  // Renamed when complete, so that nobody finds half of one; `python -m` survives the move.
  const draft = `${HOME}/draft-${process.pid}`;
  await mkdir(HOME, { recursive: true });
  await run('python3', ['-m', 'venv', draft]);
  await run(`${draft}/bin/python`, ['-m', 'pip', 'install', '--quiet', '-r', file]);
  await rename(draft, venv).catch(async (error) => {
    await rm(draft, { recursive: true });
    if (!existsSync(venv)) throw error;
  });
  return `${venv}/bin/python`;
}
