import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from './home.ts';

/** A first `up` on a slow line installs MiniStack and bundles every function. */
const PATIENCE_MS = 5 * 60_000;

/** Does `work` while no other process changes this home; a lock of a dead process is taken over. */
export async function withLock<T>(home: Home, work: () => Promise<T>): Promise<T> {
  mkdirSync(home.folder, { recursive: true });
  const deadline = Date.now() + PATIENCE_MS;
  while (!take(home)) {
    if (Date.now() > deadline) {
      throw new Error(
        `process ${holder(home)} has been changing ${home.folder} for ${PATIENCE_MS / 60_000} ` +
          `minutes; when it is none of yours, remove ${home.lock}`,
      );
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(home.lock, { force: true });
  }
}

function take(home: Home): boolean {
  try {
    writeFileSync(home.lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isAlive(holder(home))) rmSync(home.lock, { force: true });
    return false;
  }
}

/** Zero while the holder has not yet written its id. */
function holder(home: Home): number {
  try {
    return Number(readFileSync(home.lock, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
