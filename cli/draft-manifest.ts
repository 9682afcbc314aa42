import type { InputSpec, IoSchema, OutputSpec } from '#domain/registry/io-schema.ts';
import type { Manifest } from '#domain/registry/manifest.ts';

type Task = NonNullable<Manifest['evaluation']>['task'];

export interface Wishes {
  readonly name: string;
  readonly version?: string | undefined;
  /** Path of the labelled rows within the artifact. */
  readonly evaluation?: string | undefined;
  readonly target?: string | undefined;
  readonly task?: Task | undefined;
}

export interface Folder {
  readonly entrypoint: string;
  readonly files: Manifest['files'];
  /** As the ONNX file says it. */
  readonly io: IoSchema;
  /** Header of the evaluation file, where it could be read. */
  readonly columns: readonly string[];
}

export interface Draft {
  readonly manifest: Manifest;
  /** What only the submitter can know, a sentence each. */
  readonly fillIn: readonly string[];
}

/** File names that people and tools give these roles, most telling first. */
const ROLE_NAMES = {
  evaluation: [/^eval(uation)?\.csv$/, /^hold-?out\.csv$/, /^test\.csv$/, /eval.*\.csv$/],
  training: [/^train(ing)?\.(csv|jsonl|ndjson|parquet)$/],
  contract: [/^(training|dataset)?[-_.]?contract\.json$/],
  goldenCases: [/^golden(-?cases)?\.json$/],
  dependencies: [
    /^requirements\.txt$/,
    /^(poetry|uv)\.lock$/,
    /^(environment|conda)\.ya?ml$/,
    /(sbom|bom|\.cdx)\.json$/,
  ],
  referenceDistribution: [/^reference.*\.(json|csv)$/],
} as const;

export function guessRole(
  role: keyof typeof ROLE_NAMES,
  paths: readonly string[],
): string | undefined {
  for (const pattern of ROLE_NAMES[role]) {
    const found = paths.find((path) => pattern.test(path.split('/').at(-1)?.toLowerCase() ?? ''));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Drafts a manifest from what the files say; what they cannot say is listed, never invented. */
export function draftManifest(wishes: Wishes, { entrypoint, files, io, columns }: Folder): Draft {
  const fillIn: string[] = [];
  const paths = files.map(({ path }) => path);
  const outputs = io.outputs.map(withRole);
  const task = wishes.task ?? guessTask(outputs);
  const dataset = wishes.evaluation ?? guessRole('evaluation', paths);
  const inputs = io.inputs.map((input) => withFeatures(input, columns, wishes.target));

  if (!dataset) {
    fillIn.push('evaluation: add a CSV file with labelled rows; without one no gate can pass');
  } else if (!wishes.target || !task) {
    const missing = [...(wishes.target ? [] : ['--target']), ...(task ? [] : ['--task'])];
    fillIn.push(`evaluation: run again with ${missing.join(' and ')} to judge on ${dataset}`);
  }
  const training = trainingIn(paths);
  if (!training) {
    fillIn.push(
      'training: add the rows it was trained on and their contract (assay data contract FILE)',
    );
  }
  for (const { name, role, labels } of outputs) {
    if (role === 'probabilities' && !labels) {
      fillIn.push(`io.outputs "${name}": add "labels", the class names in the order of the scores`);
    }
  }
  for (const { name, features } of inputs) {
    if (!features) {
      fillIn.push(`io.inputs "${name}": add "features", the column names, if it takes table rows`);
    }
  }
  fillIn.push('description, risk and lineage (dataset, algorithm): say what the model is for');

  const optional = {
    goldenCases: guessRole('goldenCases', paths),
    dependencies: guessRole('dependencies', paths),
    referenceDistribution: guessRole('referenceDistribution', paths),
  };
  return {
    fillIn,
    manifest: {
      schema: 'assay.manifest/v1',
      name: wishes.name,
      ...(wishes.version === undefined ? { bump: 'auto' } : { version: wishes.version }),
      format: 'onnx',
      entrypoint,
      files,
      io: { ...io, inputs, outputs },
      ...(dataset && wishes.target && task
        ? { evaluation: { dataset, target: wishes.target, task } }
        : {}),
      ...(training && { training }),
      ...Object.fromEntries(Object.entries(optional).filter(([, path]) => path !== undefined)),
    },
  };
}

function trainingIn(paths: readonly string[]): Manifest['training'] {
  const [dataset, contract] = [guessRole('training', paths), guessRole('contract', paths)];
  return dataset === undefined || contract === undefined ? undefined : { dataset, contract };
}

const WHOLE = /^U?INT\d+$|^BYTES$|^BOOL$/;

/** A vector of whole numbers or text is a label; scores have a second dimension above one. */
function withRole(output: OutputSpec): OutputSpec {
  const [, classes] = output.shape;
  const scores = output.shape.length === 2 && (classes ?? 0) > 1;
  if (WHOLE.test(output.datatype)) return { ...output, role: 'label' };
  return { ...output, role: scores ? 'probabilities' : 'value' };
}

function guessTask(outputs: readonly OutputSpec[]): Task | undefined {
  const classes = outputs.find(({ role }) => role === 'probabilities')?.shape[1];
  if (classes !== undefined) {
    return classes === 2 ? 'binary-classification' : 'multiclass-classification';
  }
  return outputs.every(({ role }) => role === 'value') ? 'regression' : undefined;
}

/** The evaluation file's other columns are the features when there are exactly as many. */
function withFeatures(
  input: InputSpec,
  columns: readonly string[],
  target: string | undefined,
): InputSpec {
  const width = input.shape.at(-1);
  const features = columns.filter((column) => column !== target);
  const fits = input.shape.length === 2 && target !== undefined && features.length === width;
  return fits && features.length < columns.length ? { ...input, features } : input;
}
