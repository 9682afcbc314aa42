import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { GateSummary } from '#domain/gates/gate-result.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { keepReport, type ReportPorts } from './report.ts';

const Input = z.strictObject({
  gate: z.string(),
  release: ReleaseRef,
  /** What Step Functions caught. */
  fault: z.object({ Error: z.nullish(z.string()), Cause: z.nullish(z.string()) }),
});

/** Causes carry stack traces; the first lines say what happened. */
const SHOWN_CHARACTERS = 1000;

/** A gate that threw or ran out of time has the verdict `error`: it did not pass. */
export const recordGateFault =
  (ports: ReportPorts) =>
  ({ gate, release, fault }: z.infer<typeof Input>): Promise<GateSummary> =>
    keepReport(ports, {
      release,
      gate,
      startedAt: new Date(),
      judgement: {
        checks: [
          {
            id: 'gate-ran',
            verdict: 'error',
            observed: fault.Error ?? 'unknown',
            message: `gate ${gate} could not judge: ${(fault.Cause ?? 'no cause given').slice(0, SHOWN_CHARACTERS)}; see the function's log, then register the files under a new version`,
          },
        ],
      },
    });

export const handler = entry(Input, () =>
  recordGateFault({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(new RegistryTable(env('REGISTRY_TABLE'))),
  }),
);
