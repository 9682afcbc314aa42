import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { Terminal } from './support/terminal.ts';

const EXAMPLE = fileURLToPath(
  new URL('../../examples/breast-cancer/1.0.0-baseline', import.meta.url),
);
let terminal: Terminal;
let folder: string;
let written: string;
let manifest: Record<string, unknown>;
beforeEach(async () => {
  terminal = await Terminal.open();
  folder = join(terminal.home, 'Breast Cancer');
  await cp(EXAMPLE, folder, { recursive: true });
  written = await readFile(join(folder, 'manifest.json'), 'utf8');
  manifest = JSON.parse(written);
  await rm(join(folder, 'manifest.json'));
});

const drafted = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));

it('drafts what a person wrote for the example, but for what only a person knows', async () => {
  const { exit } = await terminal.run(
    'init',
    folder,
    '--version',
    '1.0.0',
    '--target',
    'diagnosis',
  );
  expect(exit).toBe(0);
  const { description, tags, risk, metrics, lineage, io, ...known } = manifest as {
    io: { inputs: unknown; opset: unknown };
  } & Record<string, unknown>;
  const draft = await drafted();
  expect(draft).toMatchObject(known);
  expect(draft).toMatchObject({ io: { inputs: io.inputs, opset: io.opset } });
});

it('says what is left to fill in', async () => {
  const { stdout } = await terminal.run('init', folder);
  expect(stdout).toContain('run again with --target');
  expect(stdout).toContain('"probabilities": add "labels"');
  expect(await drafted()).not.toHaveProperty('evaluation');
  expect(await drafted()).toMatchObject({ name: 'breast-cancer', bump: 'auto' });
});

it('drafts a manifest that register finds nothing wrong with', async () => {
  await terminal.run('init', folder, '--target', 'diagnosis');
  const { exit, stderr } = await terminal.run('register', folder);
  expect(exit).toBe(3);
  expect(stderr).toContain('nobody has logged in');
});

it('does not overwrite a manifest unless told to', async () => {
  await writeFile(join(folder, 'manifest.json'), written);
  const kept = await terminal.run('init', folder);
  expect(kept.exit).toBe(3);
  expect(kept.stderr).toContain('--force');
  expect(await readFile(join(folder, 'manifest.json'), 'utf8')).toBe(written);
  expect((await terminal.run('init', folder, '--force')).exit).toBe(0);
  expect(await drafted()).toMatchObject({ bump: 'auto' });
});

it('names what is wrong with a model that is not ONNX', async () => {
  await writeFile(join(folder, 'model.onnx'), 'hello');
  const { exit, stderr } = await terminal.run('init', folder);
  expect(exit).toBe(3);
  expect(stderr).toContain('not an ONNX file');
});

it('asks for one entrypoint where several could be it', async () => {
  await cp(join(folder, 'model.onnx'), join(folder, 'b.onnx'));
  await rm(join(folder, 'model.onnx'));
  await cp(join(folder, 'b.onnx'), join(folder, 'a.onnx'));
  const { stderr } = await terminal.run('init', folder);
  expect(stderr).toContain('got a.onnx, b.onnx, expected one .onnx file');
});

it('judges on files of the artifact only', async () => {
  const outside = join(terminal.home, 'rows.csv');
  await writeFile(outside, 'a\n1\n');
  const { exit, stderr } = await terminal.run('init', folder, '--evaluation', outside);
  expect(exit).toBe(3);
  expect(stderr).toContain('expected a file inside');
});
