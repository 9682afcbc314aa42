import * as z from 'zod/mini';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { KmsSigner } from '#aws/kms-signer.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { concludeGates } from '#domain/gates/gate-result.ts';
import { Policy } from '#domain/gates/policy.ts';
import { policyDocumentKey } from '#domain/registry/evidence-key.ts';
import { ReleaseRef } from '#domain/registry/release-ref.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { type AdmissionPorts, keepAdmission } from './keep-admission.ts';

const Input = z.strictObject({ release: ReleaseRef });

/** What a Choice routes on; a version that is held is not loaded, and `reason` says why. */
type Staged =
  | { readonly outcome: 'admitted' }
  | { readonly outcome: 'held'; readonly reason: string };

interface Ports extends AdmissionPorts {
  readonly evidence: Pick<EvidenceBucket, 'name' | 'put' | 'read' | 'readJson'>;
  readonly results: Pick<GateResults, 'list'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly changes: Pick<VersionChanges, 'admitStaging'>;
}

/** The one gate that needs a loaded version, and so judges after the others. */
const LOAD_GATE = 'load';

/**
 * Signs the leave for the staging function alone to load a version that every other gate has
 * passed: nothing that a gate warns of is ever loaded to see how fast it is.
 */
export const admitStaging =
  (ports: Ports) =>
  async ({ release }: z.infer<typeof Input>): Promise<Staged> => {
    const { digest, policyHash, tenant, model, version } = release;
    const record = await ports.registry.version(release);
    if (record?.state !== 'VALIDATION') {
      return held(`${model}@${version} is ${record?.state ?? 'unknown'}, expected VALIDATION`);
    }
    if (record.digest !== digest) {
      return held(`${model}@${version} has digest ${record.digest}, expected ${digest}`);
    }
    const document = { key: policyDocumentKey(tenant, policyHash), sha256: policyHash };
    const policy = Policy.parse(await ports.evidence.readJson(document));
    const required = policy.gates.required.filter((gate) => gate !== LOAD_GATE);
    const results = (await ports.results.list(release)).filter(({ gate }) => gate !== LOAD_GATE);
    const { verdict, against } = concludeGates(required, results, digest, policyHash);
    if (verdict !== 'pass') return held(against.join(', '));

    const now = act('admit-staging');
    const scope = 'STAGING';
    const admission = await keepAdmission(ports, {
      release,
      scope,
      timeVerified: now.at,
      results: results.filter(({ gate }) => required.includes(gate)),
    });
    const written = await ports.changes.admitStaging(release, digest, admission, now);
    return written.ok ? { outcome: 'admitted' } : held(`${model}@${version} left VALIDATION`);
  };

const held = (reason: string): Staged => ({ outcome: 'held', reason });

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return admitStaging({
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    results: new GateResults(table),
    registry: new ModelRegistry(table),
    changes: new VersionChanges(table),
    signer: new KmsSigner(env('ATTESTATION_KEY_ARN')),
  });
});
