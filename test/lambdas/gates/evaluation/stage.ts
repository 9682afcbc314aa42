import { readdirSync, readFileSync } from 'node:fs';
import type { JobOutput } from '#aws/evaluation-bucket.ts';
import { DEFAULT_POLICY, type Policy } from '#domain/gates/policy.ts';
import type { ArtifactRecord, EvidencePointer, PinnedFile } from '#domain/registry/artifact.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { artifactRecordKey, policyDocumentKey } from '#domain/registry/evidence-key.ts';
import type { ReleaseRef } from '#domain/registry/release-ref.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { MemoryArtifacts } from '../../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../../support/memory-evidence.ts';
import { releaseOf, versionRecord } from '../../../support/sample-release.ts';

const EXAMPLES = new URL('../../../../examples/breast-cancer/', import.meta.url).pathname;
const MODEL = { tenant: 'acme', model: 'breast-cancer' };

/** A release of an example whose policy has a job evaluate it, and all that its functions see. */
export class Stage {
  readonly artifacts = new MemoryArtifacts();
  readonly evidence = new MemoryEvidence();
  /** The data bucket, by key; one version of each. */
  readonly objects = new Map<string, Uint8Array>();
  readonly target = 'diagnosis';
  readonly policy: Policy = {
    ...DEFAULT_POLICY,
    evaluation: {
      ...DEFAULT_POLICY.evaluation,
      backend: 'sagemaker',
      image: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/assay/evaluation@sha256:${'0f'.repeat(32)}`,
    },
  };
  #route: Route | undefined;
  #champion: VersionRecord | undefined;

  get ports() {
    return {
      artifacts: this.artifacts,
      evidence: this.evidence,
      registry: { route: async () => this.#route, version: async () => this.#champion },
      evaluations: {
        uri: (job: string, path: string) => `s3://data/evaluations/${job}/${path}`,
        put: (job: string, path: string, body: Uint8Array) =>
          this.#put(`evaluations/${job}/${path}`, body),
        read: async ({ key, sha256 }: EvidencePointer) => {
          const bytes = this.objects.get(key);
          if (!bytes || sha256Hex(bytes) !== sha256) throw new Error(`${key} is not what it was`);
          return bytes;
        },
        output: async (job: string, path: string): Promise<JobOutput | undefined> => {
          const key = `evaluations/${job}/${path}`;
          const bytes = this.objects.get(key);
          return bytes && { ...(await this.#put(key, bytes)), text: this.text(key) };
        },
      },
      roleArn: 'arn:aws:iam::111122223333:role/EvaluationJobRole',
    };
  }

  text(key: string): string {
    return new TextDecoder().decode(this.objects.get(key));
  }

  /** Leaves what a job found where it leaves it. */
  leave(job: string, text: string): void {
    this.objects.set(`evaluations/${job}/output/evaluation.json`, Buffer.from(text));
  }

  async inProduction(example: string, version: string): Promise<void> {
    const { record, artifact } = await this.#registered(example, version);
    const digest = record.digest as Digest;
    this.#champion = versionRecord({ ...MODEL, version, digest, artifact, state: 'PRODUCTION' });
    const { updatedAt } = this.#champion;
    this.#route = { ...MODEL, generation: 1, stable: { version, digest }, updatedAt };
  }

  /** @param columns what the model's first input is declared to take instead of its own */
  async release(
    example: string,
    {
      change = (policy) => policy,
      ...how
    }: {
      readonly change?: ((policy: Policy) => Policy) | undefined;
      readonly evaluation?: undefined;
      readonly columns?: string[];
    } = {},
  ): Promise<ReleaseRef> {
    const { record, artifact } = await this.#registered(example, '1.1.0', (manifest) => {
      const { evaluation, io, ...rest } = manifest;
      const [input, ...others] = io.inputs;
      const { columns } = how;
      const inputs = columns && input ? [{ ...input, features: columns }, ...others] : io.inputs;
      return {
        ...rest,
        io: { ...io, inputs },
        ...(!('evaluation' in how) && evaluation && { evaluation }),
      };
    });
    const policy = change(this.policy);
    const policyHash = hashOf(policy);
    await this.evidence.putJson(policyDocumentKey(MODEL.tenant, policyHash), policy);
    const digest = record.digest as Digest;
    return releaseOf(versionRecord({ ...MODEL, version: '1.1.0', digest, artifact, policyHash }));
  }

  async record({ artifact }: Pick<ReleaseRef, 'artifact'>): Promise<ArtifactRecord> {
    return (await this.evidence.readJson(artifact)) as ArtifactRecord;
  }

  async #put(key: string, body: Uint8Array): Promise<EvidencePointer> {
    this.objects.set(key, body);
    return { key, versionId: '1', sha256: sha256Hex(body) };
  }

  async #registered(
    example: string,
    version: string,
    change: (manifest: ArtifactRecord['manifest']) => ArtifactRecord['manifest'] = (same) => same,
  ) {
    const files: PinnedFile[] = readdirSync(`${EXAMPLES}${example}`).map((path) => {
      const body = readFileSync(`${EXAMPLES}${example}/${path}`);
      const at = this.artifacts.write(`uploads/AROA:ada/acme/${example}/${path}`, body);
      return { path, sha256: sha256Hex(body), size: body.length, ...at };
    });
    const manifest = change(
      JSON.parse(readFileSync(`${EXAMPLES}${example}/manifest.json`, 'utf8')),
    );
    const digest = hashOf(manifest);
    const bucket = this.artifacts.name;
    const record: ArtifactRecord = { schema: 'assay.artifact/v1', digest, bucket, files, manifest };
    const key = artifactRecordKey({ ...MODEL, version }, digest);
    return { record, artifact: await this.evidence.putJson(key, record) };
  }
}
