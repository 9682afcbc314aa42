import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SCAN_POLICY } from '#domain/gates/scan/policy.ts';
import { type ScanReport, scanArtifact } from '#domain/gates/scan/scan-artifact.ts';
import type { Verdict } from '#domain/gates/verdict.ts';
import { worst } from '#domain/gates/verdict.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';
import { hashFile } from '../artifact-folder.ts';
import type { Act, Context } from '../context.ts';
import { detectFramework } from '../convert/detect-framework.ts';
import { runPython } from '../convert/run-python.ts';
import { type Recipe, recipeFor, TARGETS, type Target } from '../convert/script.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from '../exit-codes.ts';
import { Failure, failed } from '../failure.ts';
import { documented } from '../help.ts';
import { conversionView } from '../render/conversion.ts';
import { filesToScan } from '../scan-file.ts';

interface Options {
  readonly to: Target;
  readonly out: string;
  readonly python: string;
  readonly run?: boolean;
  readonly timeout: number;
  readonly force?: boolean;
}

/** What was written, and what became of it where it ran. */
export interface ConversionReport {
  readonly framework: string;
  readonly target: Target;
  readonly script: string;
  readonly packages: readonly string[];
  readonly fillIn?: string;
  /** Where the script writes the converted model. */
  readonly result: string;
  readonly text: string;
  /** Of the scan of the result; absent where nothing ran. */
  readonly verdict?: Verdict;
}

const seconds = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('expected whole seconds, 1 to 86400.');
};

export const convertCommand = (act: Act): Command =>
  documented(
    new Command('convert')
      .description('write, and on demand run, a script that converts a pickled model')
      .argument('<file>', 'pickle, joblib or PyTorch file; refused unless its scan passes')
      .addOption(
        new Option('--to <format>', 'what it becomes').choices(TARGETS).makeOptionMandatory(),
      )
      .option('--out <dir>', 'folder for convert.py, and below it model/', 'converted')
      .option('--python <path>', 'your own interpreter, with the packages installed', 'python3')
      .option('--run', 'run the script, which loads the file, and scan what it wrote')
      .option('--timeout <seconds>', 'most time for --run', seconds, 600)
      .option('--force', 'overwrite a convert.py that differs')
      .action(act(convert)),
    [
      'convert model.joblib --to onnx',
      'convert model.joblib --to onnx --python .venv/bin/python --run',
      'convert weights.pt --to safetensors --out ./weights',
    ],
  );

async function convert({ io, out }: Context, path: string, options: Options): Promise<ExitCode> {
  const { to: target, out: folder, python } = options;
  // Hashed first: a file that is exchanged after its scan is not loaded.
  const { files, others } = await filesToScan([path]);
  const [file] = files;
  if (!file || files.length > 1 || others.length > 0) {
    throw failed({
      field: path,
      got: 'a folder or a link',
      expected: 'one file',
      remedy: 'give the file of the model',
    });
  }
  const sha256 = await hashFile(path);
  const scanned = await scan(path);
  if (scanned.verdict !== 'pass') throw unsafe(path, scanned);

  const detected = await detectFramework(file, scanned);
  if (!detected.ok) {
    throw failed({
      field: path,
      got: detected.got,
      expected: 'a pickled model of scikit-learn, XGBoost, LightGBM or PyTorch',
      remedy: 'convert it with the tools of its own library, and check the result with assay scan',
    });
  }
  const { framework } = detected;
  const result = resolve(folder, 'model', `${basename(path, extname(path))}.${target}`);
  const conversion = { framework, target, file: resolve(path), sha256, result };
  const recipe = recipeFor(conversion);
  if (!recipe) {
    throw failed({
      field: '--to',
      got: `${target} for a model of ${framework}`,
      expected: 'onnx: safetensors holds tensors, and no trees or steps',
      remedy: 'convert with --to onnx',
    });
  }
  if (options.run && recipe.fillIn) {
    throw failed({
      field: '--run',
      got: 'a script with parts that nobody but you can write',
      expected: recipe.fillIn,
      remedy: 'leave out --run, fill them in, and run the script yourself',
    });
  }
  const script = await written(join(folder, 'convert.py'), recipe, options.force === true);
  const report: ConversionReport = {
    framework,
    target,
    script,
    packages: recipe.packages,
    ...(recipe.fillIn !== undefined && { fillIn: recipe.fillIn }),
    result,
    text: recipe.script,
  };
  if (!options.run) {
    out.result(report, conversionView);
    return EXIT.ok;
  }
  const printed = await runPython(python, script, {
    env: io.env,
    timeoutMs: options.timeout * 1000,
  });
  for (const line of printed.trim().split('\n')) out.note(line);
  const { verdict } = await scan(dirname(result));
  out.result({ ...report, verdict }, conversionView);
  return VERDICT_EXIT[verdict];
}

/** A pickle may pass here: what is asked is whether loading it would do harm. */
async function scan(path: string): Promise<ScanReport> {
  const { files, others } = await filesToScan([path]);
  const scanned = await scanArtifact(files, {
    policy: { ...DEFAULT_SCAN_POLICY, pickle: 'judge' },
    decompressors: NODE_DECOMPRESSORS,
  });
  const checks = [...others, ...scanned.checks];
  return { ...scanned, checks, verdict: worst(checks.map(({ verdict }) => verdict)) };
}

function unsafe(path: string, { verdict, checks }: ScanReport): Failure {
  const found = checks.filter((check) => check.verdict !== 'pass').slice(0, 5);
  return new Failure(
    `${path} is not converted: its scan says ${verdict}, and loading it runs what it says`,
    {
      exit: VERDICT_EXIT[verdict],
      problems: found.map(({ id, where = path, message }) => ({
        field: where,
        got: id,
        expected: 'a file whose scan passes',
        remedy: message,
      })),
    },
  );
}

/** Writes the script where there is none, or the same; one that was edited stays. */
async function written(path: string, { script }: Recipe, force: boolean): Promise<string> {
  const there = await readFile(path, 'utf8').catch(() => undefined);
  if (there !== undefined && there !== script && !force) {
    throw failed({
      field: path,
      got: 'another script that is there already',
      expected: 'no script yet, or the same',
      remedy: 'run that one yourself, or add --force to overwrite it',
    });
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script);
  return path;
}
