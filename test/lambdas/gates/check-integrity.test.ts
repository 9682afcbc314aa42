import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { signatureKey } from '#domain/registry/evidence-key.ts';
import { signArtifact } from '#domain/signing/signer.ts';
import { checkIntegrity } from '../../../lambdas/gates/check-integrity.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import { type Files, randomOnnx, registered, sampleFiles } from '../../support/sample-release.ts';

const key = new P256Key();

let artifacts: MemoryArtifacts;
let evidence: MemoryEvidence;
let registry: MemoryRegistry;

/** Registers an artifact, signs it by `signer`, and checks it by the artifact key. */
async function sign(files: Files = sampleFiles, signer = key) {
  const sample = await registered(artifacts, evidence, files);
  const { bundle, digest } = await signArtifact('iris-1.0.0', sample.record.files, signer);
  const at = signatureKey(sample.release, digest);
  const signature = await evidence.put(at, new TextEncoder().encode(bundle));
  registry.put({ ...sample.version, signature });
  return sample;
}

async function check({ release, record }: Awaited<ReturnType<typeof registered>>) {
  const judge = checkIntegrity({ artifacts, evidence, registry, publicKey: () => key.publicKey() });
  const { checks } = await judge({ release, record, policy: DEFAULT_POLICY });
  return checks;
}

const verdicts = (checks: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));

beforeEach(() => {
  artifacts = new MemoryArtifacts();
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
});

describe('checkIntegrity', () => {
  it('passes files as registered, signed by the artifact key, with a model that opens', async () => {
    const checks = await check(await sign());
    expect(verdicts(checks)).toEqual({ files: 'pass', signature: 'pass', loads: 'pass' });
  });

  it('fails changed bytes by name, and does not open them', async () => {
    const sample = await sign();
    const [file] = sample.record.files;
    if (!file) throw new Error('no file');
    artifacts.tamper(file, 'a,b\n1,3\n');
    const checks = await check(sample);
    expect(verdicts(checks)).toEqual({ files: 'fail', signature: 'pass' });
    expect(checks[0]).toMatchObject({ observed: 1, threshold: 0, where: 'data/eval.csv' });
    expect(checks[0]?.message).toContain('1 of 3 files changed since registration');
    expect(checks[0]?.message).toContain(`8 bytes with SHA-256 ${file.sha256}`);
  });

  it('fails a version that nobody signed, and does not open it', async () => {
    const sample = await registered(artifacts, evidence);
    registry.put(sample.version);
    const checks = await check(sample);
    expect(verdicts(checks)).toEqual({ files: 'pass', signature: 'fail' });
    expect(checks[1]?.message).toContain('the version has no signature');
  });

  it('fails a signature by another key', async () => {
    const checks = await check(await sign(sampleFiles, new P256Key()));
    expect(verdicts(checks)).toEqual({ files: 'pass', signature: 'fail' });
    expect(checks[1]?.message).toContain('signature is invalid: signed by key');
  });

  it('fails a signature of other files', async () => {
    const other = await sign({ ...sampleFiles, 'extra.bin': 'x' });
    const signature = (await registry.version(other.version))?.signature;
    const sample = await sign();
    registry.put({ ...sample.version, signature });
    const checks = await check(sample);
    expect(verdicts(checks)).toEqual({ files: 'pass', signature: 'fail' });
    expect(checks[1]?.message).toContain("'extra.bin' is missing");
  });

  it('faults on a signature document that was altered: that is no verdict on the version', async () => {
    const sample = await sign();
    evidence.documents.set(signatureKey(sample.release, sample.release.digest), new Uint8Array(1));
    await expect(check(sample)).rejects.toThrow('was altered');
  });

  it('fails a model that ONNX Runtime does not open', async () => {
    const checks = await check(await sign({ 'model.onnx': randomOnnx }));
    expect(verdicts(checks)).toEqual({ files: 'pass', signature: 'pass', loads: 'fail' });
    expect(checks[2]?.message).toContain('the model does not open');
  });
});
