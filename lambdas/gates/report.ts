import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { GateResults } from '#aws/gate-results.ts';
import {
  countVerdicts,
  type GateReport,
  type GateSummary,
  type Judgement,
  verdictOf,
} from '#domain/gates/gate-result.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { gateResultKey } from '#domain/registry/evidence-key.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import { act } from '../act.ts';

export interface ReportPorts {
  readonly evidence: Pick<EvidenceBucket, 'put' | 'readJson'>;
  readonly results: Pick<GateResults, 'record' | 'get'>;
}

interface Finding {
  readonly release: ReleaseRef;
  readonly gate: string;
  readonly judgement: Judgement;
  readonly startedAt: Date;
}

/**
 * Keeps a gate's full result in the evidence bucket and its verdict in the registry, each once:
 * for a digest under a policy the first result stands, and a later one is told what it was.
 */
export async function keepReport(
  { evidence, results }: ReportPorts,
  { release, gate, judgement, startedAt }: Finding,
): Promise<GateSummary> {
  const { tenant, model, version, digest, policyHash } = release;
  const report: GateReport = {
    schema: 'assay.gate-result/v1',
    gate,
    tenant,
    model,
    version,
    digest,
    policyHash,
    verdict: verdictOf(judgement.checks),
    checks: judgement.checks,
    evidence: judgement.evidence ?? {},
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
  };
  const result = await evidence.put(
    gateResultKey(release, digest, gate, policyHash),
    canonicalBytes(report),
    'application/json',
  );
  const kept = (await evidence.readJson(result)) as GateReport;
  const summary = { gate, verdict: kept.verdict, counts: countVerdicts(kept.checks), result };
  const now = act(gate);
  const written = await results.record(
    release,
    { ...summary, digest, policyHash, at: now.at },
    now,
    judgement.labels,
  );
  if (!written.ok) {
    const first = await results.get(release, gate);
    if (first?.result.sha256 !== result.sha256) {
      throw new Error(`gate ${gate} has another result in the registry than in ${result.key}`);
    }
  }
  return summary;
}
