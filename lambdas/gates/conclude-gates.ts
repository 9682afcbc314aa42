import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { concludeGates as conclude } from '#domain/gates/gate-result.ts';
import { Policy } from '#domain/gates/policy.ts';
import type { Verdict } from '#domain/gates/verdict.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

const Input = z.strictObject({ release: ReleaseRef });

interface Concluded {
  readonly verdict: Verdict;
  /** Each gate's verdict, for whoever reads the execution. */
  readonly gates: Readonly<Record<string, Verdict>>;
}

interface Ports {
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly results: Pick<GateResults, 'list'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly changes: Pick<VersionChanges, 'transition'>;
}

/** The worst verdict moves the version to STAGING or FAILED; it is read from the registry alone. */
export const concludeGates =
  ({ evidence, results, registry, changes }: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Concluded> => {
    const { digest, policyHash, tenant } = release;
    const policy = Policy.parse(
      await evidence.readJson({ key: policyDocumentKey(tenant, policyHash), sha256: policyHash }),
    );
    const found = await results.list(release);
    const { verdict, gates, against } = conclude(policy.gates.required, found, digest, policyHash);
    const passed = verdict === 'pass';
    const reason = passed ? 'every required gate passed' : against.join(', ');
    const written = await changes.transition(
      {
        subject: release,
        digest,
        from: 'VALIDATION',
        to: passed ? 'STAGING' : 'FAILED',
        reason,
        ...(!passed && { fields: { failure: reason } }),
      },
      act('conclude-gates'),
    );
    if (!written.ok) {
      const state = (await registry.version(release))?.state;
      if (state !== (passed ? 'STAGING' : 'FAILED')) {
        throw new Error(`${release.model}@${release.version} is ${state}, expected VALIDATION`);
      }
    }
    return { verdict, gates };
  };

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return concludeGates({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(table),
    registry: new ModelRegistry(table),
    changes: new VersionChanges(table),
  });
});
