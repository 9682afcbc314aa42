import { beforeEach, describe, expect, it } from 'vitest';
import { signatureKey } from '#domain/registry/evidence-key.ts';
import { verifyArtifact } from '#domain/signing/verify-bundle.ts';
import { signDigest } from '../../../lambdas/signing/sign-digest.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { MemoryRegistry } from '../../support/memory-registry.ts';
import { P256Key } from '../../support/p256-key.ts';
import { digestB, registered, subject } from '../../support/sample-release.ts';

const key = new P256Key();

let artifacts: MemoryArtifacts;
let evidence: MemoryEvidence;
let registry: MemoryRegistry;
let sample: Awaited<ReturnType<typeof registered>>;

const sign = (signer = key, release = sample.release) =>
  signDigest({ artifacts, evidence, registry, changes: registry, signer })({ release });
const stored = () => evidence.text(signatureKey(subject, sample.release.digest));

beforeEach(async () => {
  artifacts = new MemoryArtifacts();
  evidence = new MemoryEvidence();
  registry = new MemoryRegistry();
  sample = await registered(artifacts, evidence);
  registry.put(sample.version);
});

describe('signDigest', () => {
  it('signs the files as they are in the bucket, and notes where the signature lies', async () => {
    const { signature } = await sign();
    const verdict = verifyArtifact(stored(), await key.publicKey(), sample.record.files);
    expect(verdict).toMatchObject({ outcome: 'verified', digest: sample.release.digest });
    expect(signature.key).toBe(signatureKey(subject, sample.release.digest));
    expect(await registry.version(subject)).toMatchObject({ signature });
  });

  it('signs nothing that was altered since it was registered', async () => {
    const [file] = sample.record.files;
    if (!file) throw new Error('no file');
    artifacts.tamper(file, 'a,b\n1,3\n');
    await expect(sign()).rejects.toThrow(`expected ${sample.release.digest}: it was altered`);
    expect(stored()).toBe('');
    expect(await registry.version(subject)).toEqual(sample.version);
  });

  it('signs no digest that a caller brings', async () => {
    await expect(sign(key, { ...sample.release, digest: digestB })).rejects.toThrow(
      `is of digest ${sample.release.digest}, expected ${digestB}`,
    );
  });

  it('keeps the signature of an earlier try: any valid one will do', async () => {
    const first = await sign();
    const before = stored();
    expect(await sign()).toEqual(first);
    expect(stored()).toBe(before);
  });

  it('finishes an earlier try that did not get to the registry', async () => {
    const { signature } = await sign();
    registry.put(sample.version);
    await sign();
    expect(await registry.version(subject)).toMatchObject({ signature });
  });

  it('keeps no signature of an earlier try that does not verify', async () => {
    await sign(new P256Key());
    registry.put(sample.version);
    await expect(sign()).rejects.toThrow('the stored signature of iris-1.0.0 is invalid');
    expect(await registry.version(subject)).toEqual(sample.version);
  });

  it('faults when the registry holds another signature', async () => {
    const other = { key: 'other', versionId: '1', sha256: digestB };
    registry.put({ ...sample.version, signature: other });
    await expect(sign()).rejects.toThrow('iris-1.0.0 has another signature in the registry');
    expect(await registry.version(subject)).toMatchObject({ signature: other });
  });
});
