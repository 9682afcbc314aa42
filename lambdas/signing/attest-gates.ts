import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { type GateRecord, GateResults } from '#aws/gate-results.ts';
import { KmsSigner } from '#aws/kms-signer.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { gateStatement } from '#domain/gates/attestation.ts';
import type { GateReport } from '#domain/gates/gate-result.ts';
import { gateAttestationKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { Signer } from '#domain/signing/signer.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { keepStatement } from './keep-signed.ts';

const Input = z.strictObject({ release: ReleaseRef });

interface Ports {
  readonly evidence: Pick<EvidenceBucket, 'name' | 'put' | 'read' | 'readJson'>;
  readonly results: Pick<GateResults, 'list' | 'attest'>;
  readonly signer: Signer;
}

/**
 * Signs what each gate found, read from the evidence itself: gates cannot sign, and nobody can
 * have a verdict signed that no gate gave.
 */
export const attestGates =
  ({ evidence, results, signer }: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<{ readonly attested: readonly string[] }> => {
    const attested: string[] = [];
    for (const record of await results.list(release)) {
      if (record.digest !== release.digest || record.policyHash !== release.policyHash) continue;
      if (!record.attestation) await attest(record);
      attested.push(record.gate);
    }
    return { attested };

    async function attest({ gate, result, verdict }: GateRecord): Promise<void> {
      const report = (await evidence.readJson(result)) as GateReport;
      const { digest, policyHash } = release;
      if (
        report.gate !== gate ||
        report.verdict !== verdict ||
        report.digest !== digest ||
        report.policyHash !== policyHash
      ) {
        throw new Error(
          `the report of gate ${gate} says ${report.gate}: ${report.verdict}, expected ${verdict} as in the registry`,
        );
      }
      const statement = gateStatement(report, result, evidence.name);
      const attestation = await keepStatement({ evidence, signer }, statement, {
        what: `attestation of gate ${gate}`,
        key: gateAttestationKey(release, release.digest, gate, release.policyHash),
      });
      await results.attest(release, gate, result, attestation, act('attest-gates'));
    }
  };

export const handler = entry(Input, () =>
  attestGates({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(new RegistryTable(env('REGISTRY_TABLE'))),
    signer: new KmsSigner(env('ATTESTATION_KEY_ARN')),
  }),
);
