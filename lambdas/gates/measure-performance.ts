import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import { judgePerformance } from '#domain/gates/performance/judge.ts';
import { judgeLatency, type Latency } from '#domain/gates/performance/judge-latency.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import type { PerformancePolicy } from '#domain/gates/performance/policy.ts';
import type { Json } from '#domain/gates/verdict.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { env } from '../env.ts';
import { measureLatency } from '../onnx/measure-latency.ts';
import { withScratchDirectory } from '../scratch-directory.ts';
import { fileOf } from './artifact-file.ts';
import { gateEntry, type Judge, type Subjected } from './gate.ts';
import {
  type Judging,
  type MeasuredModel,
  type MeasuringPorts,
  measureModel,
} from './measured-model.ts';

interface Ports extends MeasuringPorts {
  readonly artifacts: Pick<ArtifactBucket, 'open' | 'read'>;
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'route' | 'version'>;
}

/**
 * Gate: how good, calibrated, fast and large the version is, on the rows that judge its model,
 * beside the version in production, in the same run on the same machine.
 */
export const measurePerformance =
  (ports: Ports): Judge =>
  async (subject): Promise<Judgement> => {
    const judging = await judgingRows(ports, subject);
    if (!judging.ok) return undecided(judging);
    const champion = await championOf(ports, subject);
    return withScratchDirectory(async (directory) => {
      const candidate = await measureModel(
        ports,
        'the candidate',
        subject.record,
        judging.value,
        join(directory, 'candidate'),
      );
      if (!candidate.ok) return undecided(candidate);
      const baseline =
        champion &&
        (await measureModel(
          ports,
          'the production version',
          champion.record,
          judging.value,
          join(directory, 'baseline'),
        ));
      try {
        return await judgeMeasured(subject, candidate.value, champion?.version, baseline);
      } finally {
        await candidate.value.close();
        if (baseline?.ok) await baseline.value.close();
      }
    });
  };

async function judgeMeasured(
  { release, policy }: Subjected,
  candidate: MeasuredModel,
  baselineVersion: string | undefined,
  baseline: Measured<MeasuredModel> | undefined,
): Promise<Judgement> {
  const opponent = baseline?.ok ? baseline.value : undefined;
  const latency = await measureLatency([candidate.timed, opponent?.timed], {
    // From the digest, so that a repeated judgement draws the same resamples.
    seed: Number.parseInt(release.digest.slice(0, 8), 16),
    decided: decides(baseline === undefined, policy.performance),
  });
  return {
    checks: judgePerformance({
      candidate: candidate.measurement,
      baseline: baseline === undefined ? 'none' : opponent?.measurement,
      latency,
      policy: policy.performance,
    }),
    evidence: {
      holdout: policy.holdout?.sha256 ?? 'of the artifact itself',
      candidate: plain(candidate.measurement),
      ...(baselineVersion !== undefined && {
        baselineVersion,
        baseline: opponent ? plain(opponent.measurement) : plain(baseline),
      }),
      latency: plain(latency),
    },
  };
}

const decides =
  (first: boolean, policy: PerformancePolicy) =>
  (value: Latency): boolean =>
    judgeLatency({ ok: true, value }, first, policy).verdict !== 'inconclusive';

/** The rows pinned for the model, else, for its first version, those of the artifact. */
async function judgingRows(
  { artifacts }: Ports,
  { record, policy }: Subjected,
): Promise<Measured<Judging>> {
  const { evaluation } = record.manifest;
  if (policy.holdout) return readRows(artifacts, policy.holdout, policy.holdout.evaluation);
  if (evaluation) return readRows(artifacts, fileOf(record, evaluation.dataset), evaluation);
  const reason =
    'got no evaluation set, expected labelled rows to judge by; add "evaluation" to the manifest';
  return { ok: false, verdict: 'inconclusive', reason };
}

async function readRows(
  artifacts: Ports['artifacts'],
  file: Pick<PinnedFile, 'key' | 'versionId' | 'sha256'>,
  evaluation: Judging['evaluation'],
): Promise<Measured<Judging>> {
  const bytes = await artifacts.read(file);
  if (sha256Hex(bytes) !== file.sha256) {
    const reason = `${file.key} changed since it was pinned, expected SHA-256 ${file.sha256}; register the rows again`;
    return { ok: false, verdict: 'error', reason };
  }
  try {
    const [header = [], ...rows] = parse(Buffer.from(bytes), { bom: true });
    return { ok: true, value: { table: { header, rows }, evaluation } };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const reason = `${evaluation.dataset} is no CSV: ${said}; export it again with a header and as many cells in each row`;
    return { ok: false, verdict: 'inconclusive', reason };
  }
}

async function championOf(
  { registry, evidence }: Ports,
  { release }: Subjected,
): Promise<{ version: string; record: ArtifactRecord } | undefined> {
  const { tenant, model } = release;
  const stable = (await registry.route(tenant, model))?.stable;
  if (!stable) return undefined;
  const version = await registry.version({ tenant, model, version: stable.version });
  if (!version) throw new Error(`the route names ${model}@${stable.version}, which is missing`);
  return { version: stable.version, record: await readArtifactRecord(evidence, version) };
}

const undecided = ({ verdict, reason }: Extract<Measured<unknown>, { ok: false }>): Judgement => ({
  checks: [{ id: 'performance.evaluation', verdict, message: reason }],
});

/** As JSON: what has no place in it (undefined, NaN) becomes absent or null. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

export const handler = gateEntry('performance', () =>
  measurePerformance({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(new RegistryTable(env('REGISTRY_TABLE'))),
    // Bundled beside the function's own file.
    childPath: new URL('./peak-memory-child.mjs', import.meta.url).pathname,
  }),
);
