import type { GateReport } from '#domain/gates/gate-result.ts';
import type { Check, Verdict } from '#domain/gates/verdict.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import type { Digest } from '#domain/registry/digest.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { type CardMetric, metricsOf } from './metrics.ts';

/** A data set that the version was made or judged with. */
interface CardDataset {
  readonly use: 'training' | 'evaluation';
  readonly name: string;
  readonly version?: string;
  readonly sha256?: string;
}

interface CardGate {
  readonly gate: string;
  readonly verdict: Verdict;
  /** SHA-256 of the full result in the evidence bucket. */
  readonly result: string;
  readonly checks: readonly Check[];
}

/**
 * `assay.model-card/v1`: what a version is, and everything that was found out about it before
 * people decided (Mitchell et al., 2019, "Model Cards for Model Reporting").
 */
export interface Card {
  readonly schema: 'assay.model-card/v1';
  readonly tenant: string;
  readonly model: string;
  readonly version: string;
  readonly digest: Digest;
  readonly policyHash: Digest;
  readonly registeredAt: string;
  /** Person id. */
  readonly submitter: string;
  readonly format: string;
  /** Bytes. */
  readonly bytes: number;
  readonly description?: string;
  readonly risk?: string;
  readonly task?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly io: IoSchema;
  readonly lineage?: Manifest['lineage'];
  readonly datasets: readonly CardDataset[];
  /** Measured by the gates. */
  readonly metrics: readonly CardMetric[];
  /** What the submitter says; no gate vouches for it. */
  readonly claimedMetrics?: Readonly<Record<string, number>>;
  readonly gates: readonly CardGate[];
}

/** A gate's report, and the hash under which it lies. */
export interface Reported {
  readonly report: GateReport;
  readonly sha256: string;
}

/** Writes the card of a version from its records and the gates' reports alone. */
export function describeVersion(
  version: VersionRecord,
  { files, manifest }: Pick<ArtifactRecord, 'files' | 'manifest'>,
  reported: readonly Reported[],
): Card {
  const { description, risk, evaluation, tags, lineage, metrics: claimedMetrics } = manifest;
  const reports = [...reported].sort((a, b) => (a.report.gate < b.report.gate ? -1 : 1));
  return {
    schema: 'assay.model-card/v1',
    tenant: version.tenant,
    model: version.model,
    version: version.version,
    digest: version.digest,
    policyHash: version.policyHash,
    registeredAt: version.createdAt,
    submitter: version.submitter,
    format: version.format,
    bytes: version.bytes,
    ...(description === undefined ? {} : { description }),
    ...(risk === undefined ? {} : { risk }),
    ...(evaluation === undefined ? {} : { task: evaluation.task }),
    ...(tags === undefined ? {} : { tags }),
    io: manifest.io,
    ...(lineage === undefined ? {} : { lineage }),
    datasets: datasetsOf(manifest, files),
    metrics: reports.flatMap(({ report }) => metricsOf(report)),
    ...(claimedMetrics === undefined ? {} : { claimedMetrics }),
    gates: reports.map(({ report: { gate, verdict, checks }, sha256 }) => ({
      gate,
      verdict,
      result: sha256,
      checks,
    })),
  };
}

function datasetsOf(
  { training, evaluation, lineage }: Manifest,
  files: ArtifactRecord['files'],
): CardDataset[] {
  const ofFile = (use: CardDataset['use'], path: string | undefined): CardDataset[] => {
    const file = files.find((each) => each.path === path);
    return file ? [{ use, name: file.path, sha256: file.sha256 }] : [];
  };
  const { dataset } = lineage ?? {};
  return [
    ...(dataset
      ? [
          {
            use: 'training' as const,
            name: dataset.name,
            ...(dataset.version === undefined ? {} : { version: dataset.version }),
            ...(dataset.checksum === undefined ? {} : { sha256: dataset.checksum }),
          },
        ]
      : []),
    ...ofFile('training', training?.dataset),
    ...ofFile('evaluation', evaluation?.dataset),
  ];
}
