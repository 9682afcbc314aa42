import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { DatasetContract } from '#domain/gates/dataset/contract.ts';
import { judgeDataset as judge } from '#domain/gates/dataset/judge.ts';
import { measureOverlap, type Overlap } from '#domain/gates/dataset/overlap.ts';
import { parseContract } from '#domain/gates/dataset/parse-contract.ts';
import {
  type DatasetProfile,
  profileDataset,
  type RowHashes,
} from '#domain/gates/dataset/profile.ts';
import { UnreadableRows } from '#domain/gates/dataset/rows.ts';
import { type Survey, surveyDataset } from '#domain/gates/dataset/survey.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { judgeColumns } from '#domain/gates/privacy/judge-columns.ts';
import type { Json } from '#domain/gates/verdict.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { problemText } from '#domain/registry/problem.ts';
import { HashedFile } from '#node/rows/hashed-file.ts';
import { openRows } from '#node/rows/open-rows.ts';
import { env } from '../env.ts';
import { artifactFile, fileOf } from './artifact-file.ts';
import { gateEntry, type Judge, type Subjected } from './gate.ts';
import { judgingRows } from './judging-rows.ts';

/** The function has 10 minutes; what is not read by then is inconclusive, and said so. */
const READING_MS = 9 * 60_000;
/** Thousands of columns with thousands of values each are less. */
const MAX_CONTRACT_BYTES = 16 * 1024 * 1024;

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'open' | 'read' | 'readRange' | 'hash'>;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly nowSeconds: () => number;
}

/**
 * Gate: the data that the version was trained on keep their contract and the policy, hold nobody's
 * personal data, and none of the rows that judge it.
 */
export const judgeDataset =
  (ports: Ports): Judge =>
  async (subject): Promise<Judgement> => {
    const { release, record, policy } = subject;
    const { training } = record.manifest;
    if (!training) return undecided(NO_TRAINING);
    const contract = await readContract(ports.artifacts, record, training.contract);
    if (!contract.ok) return undecided(contract);
    const file = fileOf(record, training.dataset);
    // From the digest, so that a repeated judgement draws the same rows.
    const seed = Number.parseInt(release.digest.slice(0, 8), 16);
    const survey = await surveyOf(ports, file, contract.value, seed);
    if (!survey.ok) return undecided(survey);
    const { profiled, columns } = survey.value;
    const profile: Measured<DatasetProfile> = profiled.ok
      ? { ok: true, value: profiled.value.profile }
      : profiled;
    const overlap = profiled.ok
      ? await overlapOf(ports, subject, contract.value, profiled.value.rowHashes)
      : profiled;
    const nowSeconds = ports.nowSeconds();
    return {
      checks: [
        ...judge({
          contract: contract.value,
          profile,
          overlap,
          policy: policy.dataset,
          nowSeconds,
        }),
        ...(profiled.ok ? judgeColumns(columns, policy.privacy) : []),
      ],
      evidence: {
        dataset: { path: file.path, sha256: file.sha256, bytes: file.size },
        contract: plain(contract.value),
        judgedBy: policy.holdout?.sha256 ?? 'the rows of the artifact itself',
        seed,
        profile: profiled.ok ? withoutValues(profiled.value.profile) : plain(profiled),
        overlap: plain(overlap),
      },
    };
  };

const NO_TRAINING = {
  verdict: 'inconclusive',
  reason:
    'got no "training" in the manifest, expected the data set that the version was trained on and its contract; declare both and register it under a new version, or have two admins take the gate out of gates.required',
} as const;

async function readContract(
  artifacts: Ports['artifacts'],
  record: ArtifactRecord,
  path: string,
): Promise<Measured<DatasetContract>> {
  const file = fileOf(record, path);
  if (file.size > MAX_CONTRACT_BYTES) {
    const reason = `${path} has ${file.size} bytes, expected ${MAX_CONTRACT_BYTES} at most; shorten its lists of values`;
    return { ok: false, verdict: 'inconclusive', reason };
  }
  const bytes = await artifacts.read(file);
  if (sha256Hex(bytes) !== file.sha256) return changed(file);
  const parsed = parseContract(new TextDecoder().decode(bytes), path);
  if (parsed.ok) return { ok: true, value: parsed.contract };
  const [first, ...more] = parsed.problems;
  const reason = `${first ? problemText(first) : path}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
  return { ok: false, verdict: 'inconclusive', reason };
}

/** One pass over the pinned rows, whose bytes must be those that were registered. */
async function surveyOf(
  { artifacts, clock }: Ports,
  file: PinnedFile,
  contract: DatasetContract,
  seed: number,
): Promise<Measured<Survey>> {
  const end = clock() + READING_MS;
  const hashed = new HashedFile(artifactFile(artifacts, file));
  try {
    const source = await openRows(hashed);
    const survey = await surveyDataset(source, contract, { seed, outOfTime: () => clock() >= end });
    if (!survey.profiled.ok) return { ok: true, value: survey };
    const sha256 = hashed.digest() ?? (await artifacts.hash(file));
    return sha256 === file.sha256 ? { ok: true, value: survey } : changed(file);
  } catch (error) {
    if (!(error instanceof UnreadableRows)) throw error;
    return { ok: false, verdict: 'inconclusive', reason: error.message };
  }
}

async function overlapOf(
  { artifacts }: Ports,
  subject: Subjected,
  contract: DatasetContract,
  train: RowHashes,
): Promise<Measured<Overlap>> {
  const judging = await judgingRows(artifacts, subject);
  if (!judging.ok) return judging;
  const { table, evaluation } = judging.value;
  const { column } = contract.label;
  const header = table.header.map((name) => (name === evaluation.target ? column : name));
  const batches = (async function* () {
    yield table.rows;
  })();
  const test = await profileDataset({ header, batches }, contract, train.seed);
  return test.ok ? measureOverlap(train, test.value.rowHashes) : test;
}

const changed = ({ path, sha256 }: PinnedFile): Extract<Measured<never>, { ok: false }> => ({
  ok: false,
  verdict: 'error',
  reason: `${path} changed since it was registered, expected SHA-256 ${sha256}; upload it again under a new version`,
});

const undecided = ({
  verdict,
  reason,
}: Pick<Extract<Measured<unknown>, { ok: false }>, 'verdict' | 'reason'>): Judgement => ({
  checks: [{ id: 'dataset.rows', verdict, message: reason }],
});

/** The evidence is read by many: it tells how often values occur, and none of them. */
const withoutValues = ({ columns, ...profile }: DatasetProfile): Json =>
  plain({ ...profile, columns: columns.map(({ top: _values, ...column }) => column) });

/** As JSON: what has no place in it (undefined, NaN) becomes absent or null. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

export const handler = gateEntry('dataset', () =>
  judgeDataset({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    clock: () => performance.now(),
    nowSeconds: () => Date.now() / 1000,
  }),
);
