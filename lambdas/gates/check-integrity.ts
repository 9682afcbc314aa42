import { join } from 'node:path';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { PublicKeys } from '#aws/public-keys.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import type { Judgement } from '#domain/gates/gate-result.ts';
import type { Check } from '#domain/gates/verdict.ts';
import type { PublicKey } from '#domain/signing/public-key.ts';
import { verifyArtifact } from '#domain/signing/verify-bundle.ts';
import { env } from '../env.ts';
import { compareFiles, fetchFiles, type Mismatch } from '../fetch-files.ts';
import { openSession } from '../onnx/session.ts';
import { withScratchDirectory } from '../scratch-directory.ts';
import { gateEntry, type Judge, type Subjected } from './gate.ts';
import { modelFiles } from './model-files.ts';

interface Ports {
  readonly artifacts: Pick<ArtifactBucket, 'open'>;
  readonly evidence: Pick<EvidenceBucket, 'read'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly publicKey: () => Promise<PublicKey>;
}

/** Gate: the files are those that were registered and signed, and the model really opens. */
export const checkIntegrity =
  (ports: Ports): Judge =>
  (subject): Promise<Judgement> =>
    withScratchDirectory(async (directory) => {
      const { files, manifest } = subject.record;
      const opened = modelFiles(subject.record);
      const others = files.filter((file) => !opened.includes(file));
      const mismatches = [
        ...(await fetchFiles(ports.artifacts, opened, directory)),
        ...(await compareFiles(ports.artifacts, others)),
      ];
      const unchanged = filesCheck(files.length, mismatches);
      const signed = await signatureCheck(ports, subject);
      // Bytes that nobody vouched for are not given to a parser.
      const trusted = unchanged.verdict === 'pass' && signed.verdict === 'pass';
      const opens = trusted ? [await loadCheck(join(directory, manifest.entrypoint))] : [];
      return { checks: [unchanged, signed, ...opens] };
    });

const filesCheck = (count: number, mismatches: readonly Mismatch[]): Check => {
  const [first] = mismatches;
  return first
    ? {
        id: 'files',
        verdict: 'fail',
        observed: mismatches.length,
        threshold: 0,
        message: `${mismatches.length} of ${count} files changed since registration: got ${first.got}, expected ${first.expected}; upload the files again under a new version`,
        where: first.path,
      }
    : { id: 'files', verdict: 'pass', observed: 0, threshold: 0, message: `${count} files match` };
};

async function signatureCheck(
  { evidence, registry, publicKey }: Ports,
  { release, record }: Subjected,
): Promise<Check> {
  const signature = (await registry.version(release))?.signature;
  if (!signature) {
    return {
      id: 'signature',
      verdict: 'fail',
      message: 'the version has no signature, expected one by the artifact key; release it again',
    };
  }
  const bundle = new TextDecoder().decode(await evidence.read(signature));
  const verdict = verifyArtifact(bundle, await publicKey(), record.files);
  return verdict.outcome === 'verified'
    ? { id: 'signature', verdict: 'pass', message: `signature over ${verdict.digest} verifies` }
    : {
        id: 'signature',
        verdict: 'fail',
        message: `signature is ${verdict.outcome}: ${verdict.reason}; register the files under a new version`,
      };
}

async function loadCheck(path: string): Promise<Check> {
  const session = await openSession(path);
  if (!session.ok) return { id: 'loads', verdict: session.verdict, message: session.reason };
  await session.value.close();
  return { id: 'loads', verdict: 'pass', message: 'ONNX Runtime opens the model' };
}

export const handler = gateEntry('integrity', () => {
  const keys = new PublicKeys();
  return checkIntegrity({
    artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
    evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
    registry: new ModelRegistry(new RegistryTable(env('REGISTRY_TABLE'))),
    publicKey: () => keys.of(env('ARTIFACT_KEY_ARN')),
  });
});
