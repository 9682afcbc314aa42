/**
 * Completes package-lock.json with the optional platform packages that the registry did not have
 * when the lock was made. npm leaves those out, and `npm ci` of npm 11 then refuses the lock.
 * Run it after each `npm install`; with --check it changes nothing and fails when it would have to.
 * Needs no node_modules.
 *
 *   node scripts/complete-lock.mjs [--check] [file]
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OPERATING_SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
].concat(['openharmony', 'sunos', 'win32']);
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
].concat(['x64', 'wasm32']);
const LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

const args = process.argv.slice(2);
const check = args.includes('--check');
const file = args.find((arg) => !arg.startsWith('--')) ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));

const missing = missingOptionals(lock.packages);
for (const { name, place, entry } of missing) {
  lock.packages[place] = entry;
  process.stdout.write(`${check ? 'missing' : 'added'} ${name} ${entry.version}\n`);
}
if (check && missing.length > 0) {
  process.stderr.write(
    `${file} lacks ${missing.length} platform packages, so that npm ci would refuse it; ` +
      'run: node scripts/complete-lock.mjs\n',
  );
  process.exitCode = 1;
} else if (missing.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

/** Every optional dependency that no entry of the lock satisfies, with the entry it needs. */
function missingOptionals(packages) {
  const found = new Map();
  for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (places(parent, name).some((place) => packages[place] || found.has(place))) continue;
      if (!/^\d+\.\d+\.\d+/.test(version)) {
        throw new Error(`${parent} wants ${name} ${version}, expected an exact version`);
      }
      const entry = {
        version,
        ...(dev ? { dev } : {}),
        optional: true,
        ...platformOf(name, Object.keys(optionalDependencies)),
      };
      const place = `node_modules/${name}`;
      found.set(place, { name, place, entry });
    }
  }
  return [...found.values()];
}

/** Where Node would look for `name`, required from the package at `parent`, nearest first. */
function places(parent, name) {
  const ancestors = [parent];
  for (let at = parent.lastIndexOf('node_modules/'); at > 0; ) {
    const above = parent.slice(0, at - 1);
    ancestors.push(above);
    at = above.lastIndexOf('node_modules/');
  }
  return [...new Set([...ancestors, ''])].map((at) => `${at ? `${at}/` : ''}node_modules/${name}`);
}

/**
 * Reads os, cpu and C library off a name such as `@scope/binding-linux-arm64-musl`. A Linux
 * package that names no C library is for glibc when a sibling is for musl.
 */
function platformOf(name, siblings) {
  const words = name.split('/').at(-1).split('-');
  const os = OPERATING_SYSTEMS.find((candidate) => words.includes(candidate));
  const cpu = PROCESSORS.find((candidate) => words.includes(candidate));
  const named = words.map((word) => LIBRARIES[word]).find(Boolean);
  const libc = named ?? (os === 'linux' && siblings.includes(`${name}-musl`) ? 'glibc' : undefined);
  if (!cpu || !(os || cpu === 'wasm32')) {
    throw new Error(`cannot tell the platform of ${name}, expected …-<os>-<cpu>[-<libc>]`);
  }
  return {
    ...(os ? { os: [os] } : {}),
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
  };
}
