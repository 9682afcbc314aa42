import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { People } from '#aws/people.ts';
import { Policies } from '#aws/policies.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ReleaseClaims } from '#aws/release-claims.ts';
import { VersionChanges } from '#aws/version-changes.ts';
import { submitterProblem } from '#domain/access/submitter.ts';
import { type Problem, shortened } from '#domain/registry/problem.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import { uploadPrefix } from '#domain/registry/upload-key.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { act, nowSeconds } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { inParallel } from '../in-parallel.ts';
import { Claim, ClaimedObject } from './claim.ts';
import { type Draft, draftVersion } from './draft-version.ts';
import { pinUploadedFiles } from './uploaded-files.ts';
import { readManifest } from './uploaded-manifest.ts';

const Input = z.strictObject({ object: ClaimedObject, claim: Claim });
type Input = z.infer<typeof Input>;

/** What a Choice routes on; `known` is a version that was registered before with this digest. */
type Registered =
  | { readonly outcome: 'registered' | 'reopened'; readonly release: ReleaseRef }
  | { readonly outcome: 'known'; readonly version: string; readonly state: string }
  | { readonly outcome: 'rejected'; readonly problems: readonly Problem[] };

export interface RegisterPorts {
  readonly artifacts: Pick<ArtifactBucket, 'name' | 'list' | 'hash' | 'readUpTo' | 'retain'>;
  readonly evidence: Pick<EvidenceBucket, 'put' | 'readJson'>;
  readonly registry: Pick<ModelRegistry, 'version' | 'versions' | 'model' | 'byDigest'>;
  readonly policies: Pick<Policies, 'layersOf'>;
  readonly people: Pick<People, 'of'>;
  readonly changes: Pick<VersionChanges, 'register'>;
  readonly approvals: Pick<Approvals, 'get'>;
  readonly claims: Pick<ReleaseClaims, 'settle'>;
}

/** Problems that travel in state data and the registry; the rest would follow from the same cause. */
const SHOWN_PROBLEMS = 20;

/** Two registrations of one model that meet take turns; five at once is beyond what people do. */
const TURNS = 10;

/**
 * Turns an upload into an immutable version. Idempotent by digest: the same bytes are the same
 * version, other bytes under a version that exists are refused.
 */
export const registerVersion =
  (ports: RegisterPorts) =>
  async ({ object, claim }: Input): Promise<Registered> => {
    const reject = async (problems: readonly Problem[]): Promise<Registered> => {
      const shown = problems.slice(0, SHOWN_PROBLEMS).map(shortened);
      await ports.claims.settle(
        object,
        claim,
        { outcome: 'REJECTED', problems: shown },
        act('register-version'),
      );
      return { outcome: 'rejected', problems: shown };
    };

    const person = await ports.people.of(claim.principal);
    const unfit = submitterProblem(person, claim);
    if (!person || unfit) return reject(unfit ? [unfit] : []);

    const read = await readManifest(ports.artifacts, object, claim);
    if (!read.ok) return reject(read.problems);
    const pinned = await pinUploadedFiles(ports.artifacts, uploadPrefix(claim), read.manifest);
    if (!pinned.ok) return reject(pinned.problems);

    const files = [...pinned.files, read.file];
    for (let turn = 0; turn < TURNS; turn++) {
      const drafted = await draftVersion(ports, {
        files,
        manifest: read.manifest,
        submitter: person.id,
        tenant: claim.tenant,
        execution: claim.execution,
      });
      if (drafted.outcome === 'rejected') return reject(drafted.problems);
      if (drafted.outcome === 'known') return known(ports, object, claim, drafted.record);
      // Locked first: a version that is registered never has a file that can be deleted.
      await retain(ports, drafted);
      const written = await ports.changes.register(
        { record: drafted.record, lineage: drafted.lineage, claim: object },
        act(person.id),
      );
      if (written.ok) return { outcome: 'registered', release: refOf(drafted.record) };
      if (written.failed.every((name) => name === 'claim')) {
        throw new Error(`the claim on ${object.key} was settled meanwhile; upload it again`);
      }
    }
    throw new Error(
      `${claim.tenant}/${claim.model} was registered by others ${TURNS} times; retry`,
    );
  };

/** The first write of this very execution counts as registered: its task was only retried. */
async function known(
  { approvals, claims }: RegisterPorts,
  object: Input['object'],
  claim: Claim,
  record: VersionRecord,
): Promise<Registered> {
  if (record.release === claim.execution) {
    return { outcome: 'registered', release: refOf(record) };
  }
  const { version, digest, state } = record;
  await claims.settle(
    object,
    claim,
    { outcome: 'KNOWN', version, digest },
    act('register-version'),
  );
  // Uploading again asks again, unless people are being asked: their release goes on waiting.
  const approval = record.approval && (await approvals.get(record.tenant, record.approval));
  const asking = approval && approval.status === 'OPEN' && approval.expiresAt > nowSeconds();
  return state === 'STAGING' && !asking
    ? { outcome: 'reopened', release: { ...refOf(record), execution: claim.execution } }
    : { outcome: 'known', version, state };
}

/**
 * Four times as long as a release may take. Nothing extends it, also where a version serves: from
 * then on the bucket's policy alone keeps files from being deleted.
 */
const RETENTION_DAYS = 30;

async function retain({ artifacts }: RegisterPorts, { record, files }: Draft): Promise<void> {
  const until = new Date(Date.parse(record.createdAt) + RETENTION_DAYS * 86_400_000);
  await inParallel(files, (file) => artifacts.retain(file, until));
}

const refOf = (record: VersionRecord): ReleaseRef => ({
  tenant: record.tenant,
  model: record.model,
  version: record.version,
  digest: record.digest,
  artifact: record.artifact,
  policyHash: record.policyHash,
  policyRevision: record.policyRevision,
  execution: record.release,
});

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return registerVersion({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(table),
    policies: new Policies(table),
    people: new People(table),
    changes: new VersionChanges(table),
    approvals: new Approvals(table),
    claims: new ReleaseClaims(table),
  });
});
