import * as z from 'zod/mini';
import { Backend } from './backend.ts';
import { canonicalBytes } from './canonical.ts';
import { IoSchema } from './io-schema.ts';
import { type Problem, readBy } from './problem.ts';
import { ModelName, Tenant } from './subject.ts';
import { normaliseVersion } from './versions.ts';

export const MANIFEST_FILE = 'manifest.json';

/** Files that one artifact may list: their names and hashes must fit the memory of a function. */
const MAX_FILES = 10_000;

const Sha256 = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256 digest as 64 lowercase hex digits' }));

/** POSIX, relative, without `.`, `..` or empty parts: it can point nowhere but into the artifact. */
const FilePath = z.string().check(
  z.maxLength(512, { error: 'a path of at most 512 characters' }),
  z.refine(
    (path) =>
      !/[\\\0]/.test(path) &&
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    { error: 'a relative POSIX path without empty, "." or ".." parts' },
  ),
);

const File = z.strictObject({
  path: FilePath,
  sha256: Sha256,
  /** Bytes. */
  size: z.int().check(z.positive({ error: 'a size above 0 bytes' })),
});

/** Each parent takes 2 of a transaction's 100 writes. */
const MAX_PARENTS = 20;

/** Names a node of the lineage graph: 3 bytes a character at most, in a key of 1,024. */
const NodeName = z
  .string()
  .check(
    z.minLength(1, { error: 'at least 1 character' }),
    z.maxLength(256, { error: 'at most 256 characters' }),
  );

const Lineage = z.strictObject({
  /** Versions of the same model that this one was derived from. */
  parents: z.optional(
    z
      .array(z.string())
      .check(z.maxLength(MAX_PARENTS, { error: `at most ${MAX_PARENTS} parents` })),
  ),
  dataset: z.optional(
    z.strictObject({
      name: NodeName,
      version: z.optional(z.string()),
      checksum: z.optional(Sha256),
      uri: z.optional(z.string()),
    }),
  ),
  config: z.optional(
    z.strictObject({
      algorithm: z.string(),
      hyperparameters: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
  environment: z.optional(
    z.strictObject({
      runtime: z.optional(z.string()),
      dependencies: z.optional(FilePath),
      hardware: z.optional(z.string()),
    }),
  ),
  trainingJob: z.optional(NodeName),
});

/** Labelled rows of the artifact that the version is judged on. */
export const Evaluation = z.strictObject({
  /** A CSV file of the artifact, with a header. */
  dataset: FilePath,
  /** Its column with the truth. */
  target: z.string().check(z.minLength(1)),
  task: z.enum(['binary-classification', 'multiclass-classification', 'regression']),
  slices: z.optional(z.array(z.string())),
  protectedAttributes: z.optional(z.array(z.string())),
});
export type Evaluation = z.infer<typeof Evaluation>;

/** Rows that the version was trained on, and what they promise to hold. */
const Training = z.strictObject({
  /** A CSV, JSON Lines or Parquet file of the artifact. */
  dataset: FilePath,
  /** Its `assay.dataset/v1` contract, a JSON file of the artifact. */
  contract: FilePath,
});

/** `assay.manifest/v1`: the submitter's description of an artifact. Unknown fields are refused. */
export const Manifest = z
  .strictObject({
    schema: z.literal('assay.manifest/v1'),
    name: ModelName,
    tenant: z.optional(Tenant),
    version: z.optional(z.string()),
    bump: z.optional(z.enum(['major', 'minor', 'patch', 'auto'])),
    build: z.optional(z.string()),
    commit: z.optional(z.string()),
    format: z.enum(['onnx']),
    /** The file that is opened to serve; the others are read by it or describe it. */
    entrypoint: FilePath,
    files: z
      .array(File)
      .check(
        z.minLength(1, { error: 'at least one file' }),
        z.maxLength(MAX_FILES, { error: `at most ${MAX_FILES} files` }),
      ),
    io: IoSchema,
    evaluation: z.optional(Evaluation),
    training: z.optional(Training),
    goldenCases: z.optional(FilePath),
    dependencies: z.optional(FilePath),
    referenceDistribution: z.optional(FilePath),
    lineage: z.optional(Lineage),
    /** What the submitter measured; shown to people, never judged by. */
    metrics: z.optional(z.record(z.string(), z.number())),
    tags: z.optional(z.record(z.string(), z.string())),
    description: z.optional(z.string().check(z.maxLength(4000))),
    risk: z.optional(z.enum(['minimal', 'limited', 'high'])),
    /** Where it runs, for what outgrows the function that serves the others. */
    serving: z.optional(z.strictObject({ backend: Backend })),
  })
  .check(
    z.refine((m) => (m.version === undefined) !== (m.bump === undefined), {
      error: 'exactly one of "version" and "bump"',
      path: ['version'],
    }),
  );
export type Manifest = z.infer<typeof Manifest>;

export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const REMEDY = 'correct manifest.json and upload it again';

/** Reads a manifest strictly; every problem is found in one pass, so that one edit mends them. */
export function parseManifest(text: string): ManifestResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return rejected([
      {
        field: MANIFEST_FILE,
        got: error instanceof Error ? error.message : 'unreadable text',
        expected: 'a JSON document',
        remedy: REMEDY,
      },
    ]);
  }
  const parsed = readBy(Manifest, json, REMEDY);
  if (!parsed.ok) return parsed;
  const { value: manifest } = parsed;
  const problems = [
    ...inconsistencies(manifest),
    ...misnamedParents(manifest),
    ...unhashable(manifest),
  ];
  return problems.length > 0 ? rejected(problems) : { ok: true, manifest };
}

const rejected = (problems: readonly Problem[]): ManifestResult => ({ ok: false, problems });

/** What no single field can tell: files named twice, and roles given to files not listed. */
function inconsistencies(manifest: Manifest): Problem[] {
  const listed = new Set<string>();
  const problems: Problem[] = [];
  for (const { path } of manifest.files) {
    if (listed.has(path)) {
      problems.push({
        field: 'files',
        got: `"${path}" twice`,
        expected: 'each file once',
        remedy: REMEDY,
      });
    }
    listed.add(path);
  }
  for (const { path } of manifest.files) {
    const folder = foldersOf(path).find((above) => listed.has(above));
    if (folder === undefined) continue;
    problems.push({
      field: 'files',
      got: `"${path}" and "${folder}"`,
      expected: 'no path that is a file and a folder at once',
      remedy: REMEDY,
    });
  }
  if (listed.has(MANIFEST_FILE)) {
    problems.push({
      field: 'files',
      got: `"${MANIFEST_FILE}"`,
      expected: 'every file but the manifest itself, which is signed with them',
      remedy: REMEDY,
    });
  }
  const roles: readonly (readonly [field: string, path: string | undefined])[] = [
    ['entrypoint', manifest.entrypoint],
    ['evaluation.dataset', manifest.evaluation?.dataset],
    ['training.dataset', manifest.training?.dataset],
    ['training.contract', manifest.training?.contract],
    ['goldenCases', manifest.goldenCases],
    ['dependencies', manifest.dependencies],
    ['referenceDistribution', manifest.referenceDistribution],
    ['lineage.environment.dependencies', manifest.lineage?.environment?.dependencies],
  ];
  for (const [field, path] of roles) {
    if (path === undefined || listed.has(path)) continue;
    problems.push({
      field,
      got: `"${path}"`,
      expected: 'a path that "files" lists',
      remedy: `list the file with its size and SHA-256, or ${REMEDY}`,
    });
  }
  return problems;
}

const foldersOf = (path: string): string[] => {
  const parts = path.split('/');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
};

const misnamedParents = ({ lineage }: Manifest): Problem[] =>
  (lineage?.parents ?? []).flatMap((parent, index) => {
    const version = normaliseVersion(parent);
    return version.ok ? [] : [{ ...version.problem, field: `lineage.parents[${index}]` }];
  });

/** JSON that has no RFC 8785 form cannot be hashed: lone surrogates, and numbers beyond a double. */
function unhashable(manifest: Manifest): Problem[] {
  try {
    canonicalBytes(manifest);
    return [];
  } catch (error) {
    return [
      {
        field: MANIFEST_FILE,
        got: error instanceof Error ? error.message : String(error),
        expected: 'finite numbers, whole Unicode characters and moderate nesting',
        remedy: REMEDY,
      },
    ];
  }
}
