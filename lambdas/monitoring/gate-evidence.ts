import * as z from 'zod/mini';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { GateResults } from '#aws/gate-results.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';

export interface GateEvidencePorts {
  readonly results: Pick<GateResults, 'get'>;
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
}

const DAY_MS = 86_400_000;

const Timed = z.object({
  evidence: z.object({
    latency: z.object({
      value: z.object({ candidate: z.object({ p95Ms: z.number() }) }),
    }),
  }),
});

const Fresh = z.object({
  startedAt: z.iso.datetime(),
  checks: z.array(z.object({ id: z.string(), observed: z.optional(z.unknown()) })),
});

/** The p95 that the performance gate measured of a version, where it did. */
export async function judgedP95Ms(
  ports: GateEvidencePorts,
  version: VersionRecord,
): Promise<number | undefined> {
  const report = Timed.safeParse(await resultOf(ports, version, 'performance'));
  return report.success ? report.data.evidence.latency.value.candidate.p95Ms : undefined;
}

/** How old the newest data of a version are, by what its dataset gate found then. */
export async function dataAgeDays(
  ports: GateEvidencePorts,
  version: VersionRecord,
  at: number,
): Promise<number | undefined> {
  const report = Fresh.safeParse(await resultOf(ports, version, 'dataset'));
  if (!report.success) return undefined;
  const { checks, startedAt } = report.data;
  const then = checks.find(({ id }) => id === 'dataset.freshness')?.observed;
  return typeof then === 'number' ? then + (at - Date.parse(startedAt)) / DAY_MS : undefined;
}

async function resultOf(
  { results, evidence }: GateEvidencePorts,
  version: VersionRecord,
  gate: string,
): Promise<unknown> {
  const record = await results.get(version, gate);
  return record?.digest === version.digest ? evidence.readJson(record.result) : undefined;
}
