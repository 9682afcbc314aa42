import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/complete-lock.mjs', import.meta.url));
const LOCK = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-lockfile-'));
  file = join(folder, 'package-lock.json');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const script = (...args: string[]) =>
  spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
const write = (packages: object): void =>
  writeFileSync(file, JSON.stringify({ lockfileVersion: 3, packages }));
const packages = () => JSON.parse(readFileSync(file, 'utf8')).packages;

it("finds the project's own lock complete", () => {
  expect(script('--check', LOCK)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

it('adds what is missing, once, with the platform that the name tells', () => {
  write({
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/cli-darwin-arm64': '1.0.0',
        '@tool/cli-linux-x64': '1.0.0',
        '@tool/cli-linux-x64-musl': '1.0.0',
        '@tool/cli-win32-ia32-msvc': '1.0.0',
        '@tool/cli-android-arm-eabi': '1.0.0',
      },
    },
    'node_modules/@tool/cli-android-arm-eabi': { version: '1.0.0' },
  });
  expect(script('--check', file)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('lacks 4 platform packages'),
  });
  expect(script(file).status).toBe(0);
  const added = { version: '1.0.0', dev: true, optional: true };
  expect(packages()).toMatchObject({
    'node_modules/@tool/cli-darwin-arm64': { ...added, os: ['darwin'], cpu: ['arm64'] },
    'node_modules/@tool/cli-linux-x64': { ...added, os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
    'node_modules/@tool/cli-linux-x64-musl': { ...added, libc: ['musl'] },
    'node_modules/@tool/cli-win32-ia32-msvc': { ...added, os: ['win32'], cpu: ['ia32'] },
    'node_modules/@tool/cli-android-arm-eabi': { version: '1.0.0' },
  });
  expect(Object.keys(packages()).slice(0, 2)).toEqual([
    '',
    'node_modules/@tool/cli-android-arm-eabi',
  ]);
  expect(script('--check', file).status).toBe(0);
});

it('is content with an entry nested in the package or in one above it', () => {
  write({
    'node_modules/a/node_modules/b': { optionalDependencies: { 'c-linux-x64': '1.0.0' } },
    'node_modules/a/node_modules/c-linux-x64': { version: '1.0.0' },
  });
  expect(script('--check', file).status).toBe(0);
});

it('refuses to guess a platform or a version', () => {
  write({ 'node_modules/a': { optionalDependencies: { fsevents: '2.3.3' } } });
  expect(script(file).stderr).toContain('cannot tell the platform of fsevents');
  write({ 'node_modules/a': { optionalDependencies: { 'b-linux-x64': '^1.0.0' } } });
  expect(script(file).stderr).toContain('node_modules/a wants b-linux-x64 ^1.0.0');
});
