import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { frameworkOf } from '../../cli/convert/detect-framework.ts';
import { Terminal } from './support/terminal.ts';

const pickles = fileURLToPath(new URL('convert-fixtures/', import.meta.url));
const TORCH = fileURLToPath(new URL('../domain/gates/scan/fixtures/torch.pt', import.meta.url));
const ONNX = fileURLToPath(new URL('../domain/registry/fixtures/linear.onnx', import.meta.url));

let terminal: Terminal;
let out: string;
beforeEach(async () => {
  terminal = await Terminal.open();
  out = join(terminal.home, 'converted');
});

const convert = (file: string, ...flags: string[]) =>
  terminal.run(
    'convert',
    file.startsWith('/') ? file : join(pickles, file),
    '--out',
    out,
    ...flags,
  );
const scriptText = () => readFile(join(out, 'convert.py'), 'utf8');

/** An interpreter that does what `lines` of a shell script say; `$RESULT` is what it should write. */
async function python(...lines: string[]): Promise<string> {
  const path = join(terminal.home, 'python');
  const result = `RESULT=$(sed -n 's/^RESULT = Path("\\(.*\\)")$/\\1/p' "$1")`;
  await writeFile(
    path,
    ['#!/bin/sh', result, 'mkdir -p "$(dirname "$RESULT")"', ...lines, ''].join('\n'),
  );
  await chmod(path, 0o755);
  return path;
}

describe('a script', () => {
  it.each([
    ['iris.joblib', 'scikit-learn', 'skl2onnx'],
    ['iris-zlib.joblib', 'scikit-learn', 'skl2onnx'],
    ['iris.xgboost.pkl', 'xgboost', 'convert_xgboost'],
    ['iris.lightgbm.pkl', 'lightgbm', 'convert_lightgbm'],
  ])('for %s is one of %s', async (file, framework, names) => {
    const { exit, stdout, stderr } = await convert(file, '--to', 'onnx');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toContain(`model     ${framework}, to onnx`);
    expect(stdout).toMatch(/packages {2}pip install \S+/);
    const script = await scriptText();
    expect(script).toContain(names);
    expect(stdout.replace(/\s+/g, ' ')).toContain(script.trim().replace(/\s+/g, ' '));
  });

  it('for weights of PyTorch writes safetensors', async () => {
    const { exit } = await convert(TORCH, '--to', 'safetensors');
    expect(exit).toBe(0);
    expect(await scriptText()).toContain('weights_only=True');
  });

  it('loads those bytes alone that were scanned', async () => {
    await convert('iris.joblib', '--to', 'onnx', '--json');
    const bytes = await readFile(join(pickles, 'iris.joblib'));
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
    expect(await scriptText()).toContain(`SHA256 = "${sha256}"`);
  });

  it('holds paths of any letters as texts of Python', async () => {
    const odd = join(terminal.home, 'a "b" \u00e9\u2028\n');
    await mkdir(odd);
    await cp(join(pickles, 'iris.joblib'), join(odd, 'm.joblib'));
    expect((await convert(join(odd, 'm.joblib'), '--to', 'onnx')).exit).toBe(0);
    expect(await scriptText()).toContain('a \\"b\\" \\u00e9\\u2028\\n/m.joblib")');
  });

  it('that somebody has edited stays', async () => {
    await convert('iris.joblib', '--to', 'onnx');
    expect((await convert('iris.joblib', '--to', 'onnx')).exit).toBe(0);
    await writeFile(join(out, 'convert.py'), '# mine\n');
    const kept = await convert('iris.joblib', '--to', 'onnx');
    expect(kept).toMatchObject({ exit: 3, stderr: expect.stringContaining('--force') });
    expect(await scriptText()).toBe('# mine\n');
    expect((await convert('iris.joblib', '--to', 'onnx', '--force')).exit).toBe(0);
    expect(await scriptText()).toContain('skl2onnx');
  });
});

describe('nothing is written', () => {
  const refused = async (file: string, to: string, ...flags: string[]) => {
    const run = await convert(file, '--to', to, ...flags);
    await expect(scriptText()).rejects.toThrow();
    return run;
  };

  it('for a file that would run something', async () => {
    const evil = join(terminal.home, 'evil.pkl');
    await writeFile(evil, "cos\nsystem\n(S'id'\ntR.");
    const ran = join(terminal.home, 'ran');
    const { exit, stderr } = await refused(
      evil,
      'onnx',
      '--run',
      '--python',
      await python(`touch ${ran}`),
    );
    expect(exit).toBe(1);
    expect(stderr).toContain('its scan says fail');
    expect(stderr).toContain('pickle.dangerous-global');
    await expect(readFile(ran)).rejects.toThrow();
  });

  it('for a file that the scan cannot read', async () => {
    const odd = join(terminal.home, 'weights.bin');
    await writeFile(odd, Uint8Array.from([0xd1, 0, 0x9f, 3, 0xff]));
    expect((await refused(odd, 'onnx')).exit).toBe(2);
  });

  it.each([
    ['what is no pickle', ONNX, 'onnx', 'got ONNX'],
    ['trees as tensors', 'iris.joblib', 'safetensors', 'convert with --to onnx'],
    ['a folder', pickles, 'onnx', 'got a folder'],
  ])('for %s', async (_, file, to, said) => {
    expect(await refused(file, to)).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining(said),
    });
  });

  it('for a pickle of nobody knows what', async () => {
    const list = join(terminal.home, 'list.pkl');
    await writeFile(list, Uint8Array.from([0x80, 4, 0x5d, 0x2e]));
    expect((await refused(list, 'onnx')).stderr).toContain('a pickle that names nothing');
  });

  it('to run where a person has to fill it in', async () => {
    const { exit, stderr } = await refused(TORCH, 'onnx', '--run');
    expect(exit).toBe(3);
    expect(stderr).toContain('build_model()');
    expect((await convert(TORCH, '--to', 'onnx')).stdout).toContain('fill in   build_model()');
  });
});

describe('--run', () => {
  const run = async (lines: string[], ...flags: string[]) =>
    convert('iris.joblib', '--to', 'onnx', '--run', '--python', await python(...lines), ...flags);

  it('scans what the script wrote, and says what comes next', async () => {
    const { exit, stdout, stderr } = await run([`cp '${ONNX}' "$RESULT"`, 'echo "wrote it"']);
    expect(stderr).toBe('wrote it\n');
    expect(exit).toBe(0);
    expect(stdout).toContain(`✓ pass  scan of ${join(out, 'model')}`);
    expect(stdout).toContain(`assay init ${join(out, 'model')}`);
  });

  it('does not pass what the scan does not', async () => {
    const { exit, stdout } = await run([`printf 'cos\\nsystem\\n(S"id"\\ntR.' > "$RESULT"`]);
    expect(exit).toBe(1);
    expect(stdout).toContain('assay scan');
    expect(stdout).not.toContain('assay init');
  });

  it('does not pass a script that wrote nothing', async () => {
    expect((await run(['true'])).exit).toBe(2);
  });

  it('tells what the script said when it failed', async () => {
    const { exit, stderr } = await run(['echo "No module named \'skl2onnx\'" >&2', 'exit 1']);
    expect(exit).toBe(3);
    expect(stderr).toContain("exit 1: No module named 'skl2onnx'");
  });

  it('ends a script that does not end', async () => {
    const { exit, stderr } = await run(['exec sleep 60'], '--timeout', '1');
    expect(exit).toBe(3);
    expect(stderr).toContain('no end after 1 seconds');
  });

  it('says which interpreter is not there', async () => {
    const { exit, stderr } = await convert(
      'iris.joblib',
      '--to',
      'onnx',
      '--run',
      '--python',
      '/no/python',
    );
    expect(exit).toBe(3);
    expect(stderr).toContain('ENOENT');
  });
});

describe('the framework', () => {
  it.each([
    [['sklearn.linear_model._logistic', 'numpy'], 'scikit-learn'],
    [['lightgbm.sklearn', 'sklearn.preprocessing._label'], 'lightgbm'],
    [['xgboost.core'], 'xgboost'],
    [['collections', 'torch._utils'], 'torch'],
  ])('of %j is %s', (modules, framework) => {
    expect(frameworkOf(modules)).toEqual({ ok: true, framework });
  });

  it.each([
    [
      ['sklearn.pipeline', 'xgboost.sklearn'],
      'a scikit-learn pipeline with a model of xgboost in it',
    ],
    [['numpy.core'], 'a pickle that names numpy'],
  ])('of %j is not guessed', (modules, got) => {
    expect(frameworkOf(modules)).toEqual({ ok: false, got });
  });
});
