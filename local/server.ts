import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serverEnvironment } from './environment.ts';
import { type Home, makeHome } from './home.ts';
import { choosePort } from './port.ts';
import { commandLine, endGroup, isGroupAlive, signalGroup } from './process.ts';
import { readState, removeState, type State, writeState } from './state.ts';

const SERVE = fileURLToPath(new URL('python/serve.py', import.meta.url));

/** It is ready in under a second; a machine under load gets the benefit of the doubt. */
const READY_WITHIN_MS = 30_000;

export const endpointOf = (state: State): string => `http://127.0.0.1:${state.port}`;

/** Stands in the server's command line, so that a stale pid is never mistaken for it. */
const marker = (home: Home): string => `assay-home=${home.folder}`;

export interface StartOptions {
  /** 0 for any free port; by default 4566 when that is free. */
  readonly port?: number | undefined;
  /** Whether IAM policies decide on every request; by default all requests may do all. */
  readonly iam?: boolean | undefined;
}

/** The server of this home, when it is alive, ours and healthy. */
export async function runningServer(home: Home): Promise<State | undefined> {
  const state = readState(home);
  if (!state || !(await isOurs(home, state.pid))) return undefined;
  return (await isHealthy(endpointOf(state))) ? state : undefined;
}

/**
 * Starts MiniStack in a process group of its own, which outlives this process, and waits until
 * it is healthy. Whatever an earlier start left behind is ended first.
 *
 * @throws Error with the end of its log when it does not become healthy; then nothing is left.
 */
export async function startServer(
  home: Home,
  python: string,
  options: StartOptions = {},
): Promise<State> {
  await stopServer(home);
  rmSync(home.temporary, { recursive: true, force: true });
  makeHome(home);
  const chosen = await choosePort(options.port);
  const iam = options.iam ?? false;
  const log = openSync(home.log, 'w');
  const server = spawn(python, ['-X', marker(home), SERVE], {
    cwd: home.folder,
    env: serverEnvironment(home, { port: chosen, iam }),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { pid } = server;
  if (!pid) throw new Error(`cannot start ${python}; remove ${home.venv} and try again`);
  const state: State = { pid, port: chosen, iam, startedAt: new Date().toISOString() };
  writeState(home, state);

  // Until it is healthy it dies with this process; from then on it is `down` that ends it.
  const interrupted = (signal: NodeJS.Signals): void => {
    signalGroup(pid, 'SIGKILL');
    removeState(home);
    process.removeListener(signal, interrupted);
    process.kill(process.pid, signal);
  };
  const exited = (): void => void signalGroup(pid, 'SIGKILL');
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted).on('exit', exited);
  try {
    await untilHealthy(home, server, state);
  } catch (error) {
    await endGroup(pid);
    removeState(home);
    throw error;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted).off('exit', exited);
  }
  server.unref();
  return state;
}

/** Ends the server of this home and its Lambda workers; false when there was none. */
export async function stopServer(home: Home): Promise<boolean> {
  const state = readState(home);
  removeState(home);
  if (!state || !(await leadsOurGroup(home, state.pid))) return false;
  await endGroup(state.pid);
  return true;
}

async function isOurs(home: Home, pid: number): Promise<boolean> {
  return (await commandLine(pid))?.includes(marker(home)) ?? false;
}

/** True, too, when only workers are left: no new process gets the id of a living group. */
async function leadsOurGroup(home: Home, pid: number): Promise<boolean> {
  if (!isGroupAlive(pid)) return false;
  const leader = await commandLine(pid);
  return leader === undefined || leader.includes(marker(home));
}

async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/_ministack/health`, {
      signal: AbortSignal.timeout(2_000),
    });
    return answer.ok && 'services' in ((await answer.json()) as object);
  } catch {
    return false;
  }
}

async function untilHealthy(home: Home, server: ChildProcess, state: State): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) {
      throw new Error(`MiniStack ended while starting; its log says:\n\n${tail(home)}`);
    }
    if (await isHealthy(endpointOf(state))) return;
    await sleep(50);
  }
  throw new Error(
    `MiniStack was not healthy within ${READY_WITHIN_MS / 1000} s; its log says:\n\n${tail(home)}`,
  );
}

function tail(home: Home): string {
  return readFileSync(home.log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
}
