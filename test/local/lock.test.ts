import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Home, homeAt } from '../../local/home.ts';
import { withLock } from '../../local/lock.ts';

let home: Home;
beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'assay-lock-')));
});
afterEach(() => {
  rmSync(home.folder, { recursive: true });
});

it('lets one piece of work end before the next begins', async () => {
  const order: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await new Promise(setImmediate);
    order.push(`${name} ends`);
  };
  await Promise.all([withLock(home, work('first')), withLock(home, work('second'))]);
  expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
});

it('is free again when the work fails', async () => {
  const failing = withLock(home, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(home.lock)).toBe(false);
});

it('takes over from a process that has ended', async () => {
  const { pid } = spawnSync('true');
  writeFileSync(home.lock, String(pid));
  await expect(withLock(home, async () => 'done')).resolves.toBe('done');
});
