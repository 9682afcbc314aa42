import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { GateSummary, Judgement } from '#domain/gates/gate-result.ts';
import { Policy } from '#domain/gates/policy.ts';
import type { ArtifactRecord } from '#domain/registry/artifact.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { keepReport, type ReportPorts } from './report.ts';

const Input = z.strictObject({ release: ReleaseRef });

/** What a gate is given to judge. */
export interface Subjected {
  readonly release: ReleaseRef;
  readonly record: ArtifactRecord;
  readonly policy: Policy;
}

export type Judge = (subject: Subjected) => Promise<Judgement>;

/** Runs a judge on a release and keeps its full result; what it returns is the registry's summary. */
export const runGate =
  (gate: string, judge: Judge, ports: ReportPorts) =>
  async ({ release }: z.infer<typeof Input>): Promise<GateSummary> => {
    const startedAt = new Date();
    const { evidence } = ports;
    const { policyHash: sha256, tenant } = release;
    const record = await readArtifactRecord(evidence, release);
    const document = await evidence.readJson({ key: policyDocumentKey(tenant, sha256), sha256 });
    const judgement = await judge({ release, record, policy: Policy.parse(document) });
    return keepReport(ports, { release, gate, judgement, startedAt });
  };

/** The Lambda handler of one gate. */
export const gateEntry = (
  gate: string,
  wire: () => Judge,
): ((event: unknown) => Promise<GateSummary>) =>
  entry(Input, () =>
    runGate(gate, wire(), {
      evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
      results: new GateResults(new RegistryTable(env('REGISTRY_TABLE'))),
    }),
  );
