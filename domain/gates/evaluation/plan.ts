import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod/mini';
import type { Table } from '#domain/gates/table.ts';
import { type ArtifactRecord, EvidencePointer } from '#domain/registry/artifact.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { IoSchema } from '#domain/registry/io-schema.ts';

const Hex = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const PlannedModel = z.strictObject({
  version: z.string(),
  digest: Hex,
  /** Its record, which the judge reads again. */
  artifact: EvidencePointer,
  format: z.string(),
  entrypoint: z.string(),
  /** What the job may read of it, and must find unchanged. */
  files: z.array(z.strictObject({ path: z.string(), sha256: Hex, size: z.int() })),
  io: IoSchema,
  /** Outputs whose values the judge wants, for every row. */
  outputs: z.array(z.string()),
});
export type PlannedModel = z.infer<typeof PlannedModel>;

/** `assay.evaluation-plan/v1`: what a job is to answer. It holds no truth to answer by. */
export const EvaluationPlan = z.strictObject({
  schema: z.literal('assay.evaluation-plan/v1'),
  tenant: z.string(),
  model: z.string(),
  policyHash: Hex,
  rows: z.strictObject({ sha256: Hex, count: z.int() }),
  candidate: PlannedModel,
  /** The version in production when the evaluation was planned. */
  baseline: z.optional(PlannedModel),
});
export type EvaluationPlan = z.infer<typeof EvaluationPlan>;

/** The bytes of a plan, and the hash that names its job and binds the job's answers to it. */
export function encodePlan(plan: EvaluationPlan): { bytes: Uint8Array; sha256: string } {
  const bytes = canonicalBytes(plan);
  return { bytes, sha256: sha256Hex(bytes) };
}

/** A job's name in its account: the same plan is never evaluated twice. */
export const jobName = (planSha256: string): string => `assay-${planSha256.slice(0, 48)}`;

/**
 * The columns of the judging rows that a model takes, as CSV (RFC 4180) with trimmed cells. The
 * target and whatever else the rows tell stay behind, unless a model declares it as an input.
 */
export function featureRows(
  { header, rows }: Table,
  models: readonly Pick<ArtifactRecord['manifest'], 'io'>[],
): Uint8Array {
  const taken = new Set(
    models.flatMap(({ io }) => io.inputs.flatMap(({ name, features }) => features ?? [name])),
  );
  const columns = header.flatMap((name, at) => (taken.has(name) ? [at] : []));
  const lines = [header, ...rows].map((cells) =>
    columns.map((at) => quoted(cells[at]?.trim() ?? '')).join(','),
  );
  return utf8ToBytes(`${lines.join('\r\n')}\r\n`);
}

const quoted = (cell: string): string =>
  /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
