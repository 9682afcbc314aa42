import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { MANIFEST_FILE, type Manifest, parseManifest } from '#domain/registry/manifest.ts';
import { hashFile, listFolder } from '../artifact-folder.ts';
import type { Act, Context } from '../context.ts';
import { type Draft, draftManifest, guessRole } from '../draft-manifest.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { codeOf, Failure, failed } from '../failure.ts';
import { documented } from '../help.ts';
import { readIoSchema } from '../onnx-file.ts';
import { bytes } from '../render/text.ts';

interface Options {
  readonly name?: string;
  /** `version` would be commander's own. */
  readonly version?: string;
  readonly evaluation?: string;
  readonly target?: string;
  readonly task?: NonNullable<Manifest['evaluation']>['task'];
  readonly force?: boolean;
}

export const initCommand = (act: Act): Command =>
  documented(
    new Command('init')
      .description('draft manifest.json for a folder with an ONNX model')
      .argument('<dir>', "folder with the artifact's files")
      .option('--name <model>', "the model's name; the folder's unless given")
      .option('--version <semver>', 'otherwise the registry computes it from what changed')
      .option('--evaluation <file>', 'CSV file in the folder with labelled rows')
      .option('--target <column>', 'its column with the truth')
      .addOption(
        new Option('--task <task>', 'what is predicted').choices([
          'binary-classification',
          'multiclass-classification',
          'regression',
        ]),
      )
      .option('--force', 'overwrite manifest.json')
      .action(act(init)),
    [
      'init ./model --name breast-cancer --version 1.0.0 --evaluation evaluation.csv --target diagnosis',
    ],
  );

async function init({ out }: Context, folder: string, options: Options): Promise<ExitCode> {
  const draft = await draftFor(folder, options);
  const text = `${JSON.stringify(draft.manifest, null, 2)}\n`;
  const checked = parseManifest(text);
  if (!checked.ok) {
    throw new Failure(`cannot draft a manifest for ${folder}`, { problems: checked.problems });
  }
  const path = join(folder, MANIFEST_FILE);
  await writeFile(path, text, { flag: options.force ? 'w' : 'wx' }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw failed({
      field: path,
      got: 'a manifest that is there already',
      expected: 'no manifest yet',
      remedy: 'add --force to overwrite it',
    });
  });
  out.result({ path, ...draft }, ({ manifest, fillIn }, { colors }) =>
    [
      `${colors.green('wrote')} ${path}`,
      `  model       ${manifest.name}@${manifest.version ?? '(computed at registration)'}`,
      `  entrypoint  ${manifest.entrypoint}`,
      ...manifest.files.map(({ path: file, size }) => `  file        ${file} (${bytes(size)})`),
      'Fill in:',
      ...fillIn.map((line) => `  - ${line}`),
      `Then: assay register ${folder}`,
    ].join('\n'),
  );
  return EXIT.ok;
}

async function draftFor(folder: string, options: Options): Promise<Draft> {
  const { files: found, problems } = await listFolder(folder);
  if (problems.length > 0) throw new Failure(`${folder} cannot be an artifact`, { problems });
  const listed = found.filter(({ path }) => path !== MANIFEST_FILE);
  const paths = listed.map(({ path }) => path);
  const entrypoint = entrypointOf(folder, paths);
  const evaluation =
    options.evaluation === undefined
      ? guessRole('evaluation', paths)
      : insideFolder(folder, options.evaluation, paths);
  const files: Manifest['files'] = [];
  for (const { path, size } of listed) {
    files.push({ path, sha256: await hashFile(join(folder, path)), size });
  }
  return draftManifest(
    { ...options, name: options.name ?? nameOf(folder), evaluation },
    {
      entrypoint,
      files,
      io: await readIoSchema(join(folder, entrypoint)),
      columns: evaluation ? await csvHeader(join(folder, evaluation)) : [],
    },
  );
}

function entrypointOf(folder: string, paths: readonly string[]): string {
  const models = paths.filter((path) => path.endsWith('.onnx'));
  const chosen = models.length === 1 ? models[0] : models.find((path) => path === 'model.onnx');
  if (chosen !== undefined) return chosen;
  throw failed({
    field: folder,
    got: models.length === 0 ? 'no .onnx file' : models.join(', '),
    expected: 'one .onnx file, or one named model.onnx',
    remedy: 'export the model to ONNX into this folder, or rename the one that serves',
  });
}

/** People name the file from where they are, or from within the folder. */
function insideFolder(folder: string, file: string, paths: readonly string[]): string {
  const within = relative(resolve(folder), resolve(file)).split(sep).join('/');
  const path = [file, within].find((candidate) => paths.includes(candidate));
  if (path !== undefined) return path;
  throw failed({
    field: '--evaluation',
    got: file,
    expected: `a file inside ${folder}`,
    remedy: 'copy it there: the version is judged by what is registered with it',
  });
}

const nameOf = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);

/** Column names; none when quoting makes the first line more than a list. */
async function csvHeader(path: string): Promise<string[]> {
  const lines = createInterface({ input: createReadStream(path, 'utf8') });
  for await (const line of lines) {
    lines.close();
    const header = line.replace(/^\ufeff/, '');
    return header.includes('"') ? [] : header.split(',').map((column) => column.trim());
  }
  return [];
}
