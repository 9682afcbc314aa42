import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from './environment.ts';
import type { Home } from './home.ts';
import { findPython } from './python.ts';
import { mustRun } from './run.ts';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/**
 * The interpreter of a virtual environment that holds exactly local/requirements.txt. Made on
 * the first use and made anew when the file changes; the system's packages are not touched.
 */
export async function ensureVenv(home: Home, say: (line: string) => void): Promise<string> {
  const interpreter = join(home.venv, 'bin', 'python');
  const mark = join(home.venv, 'requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  // A venv's interpreter is a link: it dangles when the Python it was made from is gone.
  if (existsSync(interpreter) && existsSync(mark) && readFileSync(mark, 'utf8') === wanted) {
    return interpreter;
  }
  const python = await findPython();
  say(`installing MiniStack into ${home.venv} with Python ${python.version.join('.')}`);
  rmSync(home.venv, { recursive: true, force: true });
  const options = { env: pythonEnvironment() };
  await mustRun(
    'making the virtual environment',
    python.executable,
    ['-m', 'venv', home.venv],
    options,
  );
  await mustRun(
    'installing MiniStack',
    interpreter,
    ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--requirement', REQUIREMENTS],
    options,
  );
  writeFileSync(mark, wanted);
  return interpreter;
}
