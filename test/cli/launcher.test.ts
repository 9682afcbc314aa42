import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../cli/assay.mjs', import.meta.url));

it('runs from any folder, whatever TypeScript settings lie there, with a quiet stderr', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'assay-cwd-'));
  await writeFile(join(cwd, 'tsconfig.json'), '{ "extends": "./missing.json" }');
  const run = promisify(execFile)(process.execPath, [LAUNCHER, 'logout', '--json'], {
    cwd,
    env: { ...process.env, ASSAY_HOME: join(cwd, 'home') },
  });
  await expect(run).resolves.toEqual({ stdout: '{\n  "loggedIn": false\n}\n', stderr: '' });
});

it('hands its exit code to the shell', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'assay-cwd-'));
  const run = promisify(execFile)(process.execPath, [LAUNCHER, 'whoami'], {
    cwd,
    env: { ...process.env, ASSAY_HOME: join(cwd, 'home') },
  });
  await expect(run).rejects.toMatchObject({ code: 3 });
});
