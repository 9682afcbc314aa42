import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { choosePort } from '../../local/port.ts';

const run = promisify(execFile);
const HOME = fileURLToPath(new URL('../../.local/redis', import.meta.url));

interface Program {
  readonly path: string;
  /** Of shared libraries that the system need not have. */
  readonly libraries: string;
}

/** A Redis of this machine alone, that keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Lets it answer nothing until it is resumed; the system still accepts connections for it. */
  pause(): void;
  resume(): void;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

/** @param options of redis-server, such as `--maxmemory 2mb`. */
export async function startRedis(options: readonly string[] = [], port = 0): Promise<RedisServer> {
  const { path, libraries } = await redisProgram();
  const at = port || (await choosePort(0));
  const child = spawn(
    path,
    ['--port', `${at}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'].concat(options),
    { env: { ...process.env, LD_LIBRARY_PATH: libraries }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await ready(child);
  return {
    url: `redis://127.0.0.1:${at}`,
    port: at,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function ready({ stdout }: ChildProcess): Promise<void> {
  if (!stdout) throw new Error('redis-server has no output');
  const said: string[] = [];
  for await (const line of createInterface(stdout)) {
    said.push(line);
    if (!line.includes('Ready to accept connections')) continue;
    stdout.resume();
    return;
  }
  throw new Error(`redis-server ended:\n${said.join('\n')}`);
}

/** The machine's own Redis or Valkey; else Debian's or Ubuntu's package, unpacked into .local. */
async function redisProgram(): Promise<Program> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of ['redis-server', 'valkey-server']) {
    const folder = folders.find((candidate) => existsSync(join(candidate, name)));
    if (folder) return { path: join(folder, name), libraries: process.env.LD_LIBRARY_PATH ?? '' };
  }
  if (!existsSync(HOME)) await unpackPackages();
  const [triplet = ''] = await readdir(join(HOME, 'usr/lib')).then((names) =>
    names.filter((name) => name.includes('-linux-')),
  );
  return { path: join(HOME, 'usr/bin/redis-server'), libraries: join(HOME, 'usr/lib', triplet) };
}

/**
 * APT as anybody may use it: with lists and an archive of its own, so that it needs neither root
 * nor lists that are there already. It checks what it downloads against the archive's signature.
 */
async function unpackPackages(): Promise<void> {
  const draft = `${HOME}-draft-${process.pid}`;
  const lists = join(draft, 'lists');
  const cache = join(draft, 'cache');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives/partial'), { recursive: true });
  const apt = (...args: string[]) =>
    run('apt-get', [
      ...['-q', '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`],
      ...['-o', 'Debug::NoLocking=1', '-o', 'Acquire::Languages=none', ...args],
    ]);
  try {
    // A source that cannot be read fails the update, whether or not it has Redis.
    await apt('update').catch(() => undefined);
    await apt('install', '--download-only', '-y', '--no-install-recommends', 'redis-server');
  } catch (cause) {
    await rm(draft, { recursive: true });
    throw new Error(
      'the tests of the shared prediction cache need redis-server or valkey-server: none is in ' +
        'PATH, and APT has no package redis-server; install either',
      { cause },
    );
  }
  for (const file of await readdir(join(cache, 'archives'))) {
    if (file.endsWith('.deb')) {
      await run('dpkg-deb', ['-x', join(cache, 'archives', file), join(draft, 'root')]);
    }
  }
  // Renamed when complete, so that nobody finds half of it.
  await rename(join(draft, 'root'), HOME).catch((error) => {
    if (!existsSync(HOME)) throw error;
  });
  await rm(draft, { recursive: true });
}
