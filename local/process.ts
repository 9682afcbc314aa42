import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';

/** Whether the process group that `pid` leads still has a member. */
export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process; undefined when there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
  } catch {
    const { code, output } = await run('ps', ['-o', 'args=', '-p', String(pid)], {});
    return code === 0 ? output.trim() : undefined;
  }
}

/** Ends a process group: asks, waits up to `patienceMs`, then insists. */
export async function endGroup(pid: number, patienceMs = 3_000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!signalGroup(pid, signal)) return;
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!isGroupAlive(pid)) return;
      await sleep(20);
    }
  }
  throw new Error(`process group ${pid} outlived SIGKILL; end it by hand: kill -9 -- -${pid}`);
}

/** Sends a signal to a process group; false when it has no member left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
