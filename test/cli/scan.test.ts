import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from './support/terminal.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../domain/gates/scan/fixtures/${name}`, import.meta.url));
const EXAMPLE = fileURLToPath(
  new URL('../../examples/breast-cancer/1.0.0-baseline', import.meta.url),
);
let terminal: Terminal;
let folder: string;
beforeEach(async () => {
  terminal = await Terminal.open();
  folder = join(terminal.home, 'model');
  await mkdir(folder);
});

describe('assay scan', () => {
  it('passes the example, and says how much of it is understood', async () => {
    const { exit, stdout, stderr } = await terminal.run('scan', EXAMPLE);
    expect(stdout).toMatch(/^✓ pass {2}\d+ files and members, .* understood \(100 %\)\n$/);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  });

  it('refuses a malformed archive, and says where and what to do', async () => {
    const { exit, stdout } = await terminal.run('scan', fixture('bad-traversal.zip'));
    expect(exit).toBe(1);
    expect(stdout).toMatch(/✗ fail +archive\.name +.*bad-traversal\.zip@224\n/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('pack it under a relative path');
  });

  it('does not decide on what it cannot read', async () => {
    await writeFile(join(folder, 'weights.bin'), Uint8Array.from([0xd1, 0, 0x9f, 3, 0xff]));
    const { exit, stdout } = await terminal.run('scan', folder);
    expect(exit).toBe(2);
    expect(stdout).toContain('format.unknown');
    expect(stdout).toContain('0 B of 5 B understood (0 %)');
  });

  it('looks into folders, and lets the worst decide', async () => {
    await mkdir(join(folder, 'a', '.git'), { recursive: true });
    await cp(fixture('good-stored.zip'), join(folder, 'good.zip'));
    await cp(fixture('bad-symlink.tar'), join(folder, 'a', '.git', 'x'));
    const { exit, stdout } = await terminal.run('scan', folder, '--json');
    expect(exit).toBe(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ verdict: 'fail' });
    expect(report.checks[0]).toMatchObject({
      id: 'archive.link',
      where: `${join(folder, 'a', '.git', 'x')}@0`,
    });
    expect(report.members).toContainEqual(
      expect.objectContaining({ where: `${join(folder, 'good.zip')}!a.txt`, verdict: 'pass' }),
    );
  });

  it('follows no link', async () => {
    await writeFile(join(folder, 'README.md'), 'A model.\n');
    await symlink(EXAMPLE, join(folder, 'elsewhere'));
    const { exit, stdout } = await terminal.run('scan', folder, '--json');
    expect(exit).toBe(1);
    const { checks, members } = JSON.parse(stdout);
    expect(checks[0]).toMatchObject({ id: 'artifact.link', where: join(folder, 'elsewhere') });
    expect(members).toHaveLength(1);
  });

  it('keeps a harmless pickle apart unless told otherwise', async () => {
    const path = join(folder, 'list.pkl');
    await writeFile(path, Uint8Array.from([0x80, 4, 0x5d, 0x2e]));
    const kept = await terminal.run('scan', path);
    expect(kept.exit).toBe(2);
    expect(kept.stdout).toContain('pickle.quarantined');
    expect((await terminal.run('scan', path, '--allow-pickle')).exit).toBe(0);
  });

  it('refuses a dangerous pickle under any name', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, "cos\nsystem\n(S'id'\ntR.");
    const { exit, stdout } = await terminal.run('scan', path, '--allow-pickle');
    expect(exit).toBe(1);
    expect(stdout).toContain('os');
  });

  it('finds the data of a model beside it', async () => {
    const registry = fileURLToPath(new URL('../domain/registry/fixtures/', import.meta.url));
    await cp(join(registry, 'external-data.onnx'), join(folder, 'model.onnx'));
    await cp(join(registry, 'weights.bin'), join(folder, 'weights.bin'));
    expect((await terminal.run('scan', folder)).exit).toBe(0);
  });

  it('an empty folder is no pass', async () => {
    expect((await terminal.run('scan', folder)).exit).toBe(2);
  });

  it('says which path is not there', async () => {
    const { exit, stderr } = await terminal.run('scan', join(folder, 'none'));
    expect(exit).toBe(3);
    expect(stderr).toContain('nothing there');
  });
});
