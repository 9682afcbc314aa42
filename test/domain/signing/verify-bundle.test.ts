import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '#domain/registry/digest.ts';
import { bundleText } from '#domain/signing/bundle.ts';
import { preAuthEncoding } from '#domain/signing/dsse.ts';
import { type ArtifactFile, omsStatement } from '#domain/signing/oms.ts';
import { parsePublicKey } from '#domain/signing/public-key.ts';
import { signArtifact } from '#domain/signing/signer.ts';
import { type Statement, statementBytes } from '#domain/signing/statement.ts';
import { verifyArtifact, verifyBundle } from '#domain/signing/verify-bundle.ts';
import { P256Key } from '../../support/p256-key.ts';

/** Written by test/interop/make-fixtures.py with the stock signer. */
const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const files: ArtifactFile[] = JSON.parse(fixture('files.json'));
const stockKey = parsePublicKey(fixture('key.pub.pem'));
const invalid = (reason: RegExp) => ({
  outcome: 'invalid',
  reason: expect.stringMatching(reason),
});

describe('a bundle made by the stock signer', () => {
  it('is verified', () => {
    const verdict = verifyArtifact(fixture('key.json'), stockKey, files);
    expect(verdict).toMatchObject({
      outcome: 'verified',
      digest: omsStatement('model', files).digest,
    });
  });

  it.each([
    ['empty.json', /^the signature is empty$/],
    ['missing-envelope.json', /^signature: dsseEnvelope: got nothing/],
    ['missing-verification-material.json', /^signature: verificationMaterial: got nothing/],
    ['missing-tlog-entries.json', /tlogEntries is empty/],
    ['wrong-predicate.json', /^predicateType: got https:\/\/example.com\/wrong-predicate/],
    ['no-resources.json', /^no file is signed$/],
    ['legacy-pae.json', /^the signature is not of this statement/],
    ['wide-ignore-paths.json', /^ignore_paths: 'weights.bin' lets files go unsigned/],
  ])('is invalid when it is %s', (name, reason) => {
    expect(verifyArtifact(fixture(name), stockKey, files)).toEqual(invalid(reason));
  });

  it.each([
    ['certificate.json', 'signed by certificate, expected a bare key'],
    ['sigstore.json', 'signed by sigstore, expected a bare key'],
    ['shards.json', 'files are hashed in shards, expected whole'],
    ['blake2b.json', 'hash_type: got blake2b, expected sha256'],
    ['symlinks.json', 'symbolic links were allowed, expected none'],
  ])('is well-formed, unsupported when it is %s', (name, reason) => {
    const verdict = verifyArtifact(fixture(name), stockKey, files);
    expect(verdict).toEqual({ outcome: 'unsupported', reason });
  });
});

const signer = new P256Key();
const key = await signer.publicKey();
const { bundle, digest } = await signArtifact('churn', files, signer);

/** A bundle around any statement, signed in good order. */
const signed = (statement: Statement): string => {
  const payload = statementBytes(statement);
  return bundleText(payload, signer.signMessage(preAuthEncoding(payload)), key);
};
const statement = omsStatement('churn', files);
const withPredicate = (change: object): string =>
  signed({ ...statement, predicate: { ...statement.predicate, ...change } });
const [first, second, ...rest] = statement.predicate.resources as { name: string }[];
const serialization = statement.predicate.serialization as object;

describe('a bundle of ours', () => {
  it('has exactly the fields that stock verifiers allow', () => {
    expect(JSON.parse(bundle)).toEqual({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: key.hint }, tlogEntries: [] },
      dsseEnvelope: {
        payload: Buffer.from(statementBytes(statement)).toString('base64'),
        payloadType: 'application/vnd.in-toto+json',
        signatures: [{ sig: expect.stringMatching(/^ME[A-Za-z0-9+/]+=*$/), keyid: '' }],
      },
    });
  });

  it('is verified for its files and its digest', () => {
    expect(verifyArtifact(bundle, key, files).outcome).toBe('verified');
    expect(verifyBundle(bundle, key, digest).outcome).toBe('verified');
  });

  it('is verified beside its own signature file', () => {
    const beside = [...files, { path: 'model.sig', sha256: '0a'.repeat(32) }];
    expect(verifyArtifact(bundle, key, beside).outcome).toBe('verified');
  });

  it('is invalid for another digest', () => {
    const other = parseDigest('0a'.repeat(32));
    expect(verifyBundle(bundle, key, other)).toEqual(
      invalid(new RegExp(`^signature is of digest ${digest}, expected ${other}$`)),
    );
  });

  it('is invalid under another key', async () => {
    const other = await new P256Key().publicKey();
    expect(verifyBundle(bundle, other, digest)).toEqual(invalid(/^signed by key .*, expected /));
  });

  it('is invalid under another key that goes by its hint', async () => {
    const other = await new P256Key().publicKey();
    const posing = { ...other, hint: key.hint };
    expect(verifyBundle(bundle, posing, digest)).toEqual(invalid(/^the signature is not of this/));
  });

  it('names the files that are missing, unsigned or changed', () => {
    const [gone, changed, ...same] = files;
    const now = [
      ...same,
      { path: String(changed?.path), sha256: '0a'.repeat(32) },
      { path: 'new.bin', sha256: '0a'.repeat(32) },
    ];
    expect(verifyArtifact(bundle, key, now)).toEqual({
      outcome: 'invalid',
      reason: `'${gone?.path}' is missing; 'new.bin' is not signed; '${changed?.path}' has changed since it was signed`,
    });
    expect(verifyArtifact(bundle, key, [])).toEqual(invalid(/^no file is signed$/));
  });

  it.each([
    ['another media type', { mediaType: 'application/vnd.dev.sigstore.bundle.v0.2+json' }],
    ['an unknown field', { note: 'hello' }],
    ['no signer', { verificationMaterial: { tlogEntries: [] } }],
    [
      'two signers',
      {
        verificationMaterial: {
          publicKey: { hint: key.hint },
          certificate: { rawBytes: 'AAAA' },
          tlogEntries: [{}],
        },
      },
    ],
  ])('is invalid with %s', (_, change) => {
    const text = JSON.stringify({ ...JSON.parse(bundle), ...change });
    expect(verifyBundle(text, key, digest)).toEqual(invalid(/^signature: /));
  });

  it.each([
    ['a key without hint', { publicKey: { rawBytes: 'AAAA', keyDetails: 'PKIX' } }],
    ['log entries', { publicKey: { hint: key.hint }, tlogEntries: [{ logIndex: '1' }] }],
  ])('is unsupported with %s', (_, verificationMaterial) => {
    const text = JSON.stringify({ ...JSON.parse(bundle), verificationMaterial });
    expect(verifyBundle(text, key, digest).outcome).toBe('unsupported');
  });

  it('takes absent log entries for none', () => {
    const verificationMaterial = { publicKey: { hint: key.hint } };
    const text = JSON.stringify({ ...JSON.parse(bundle), verificationMaterial });
    expect(verifyBundle(text, key, digest).outcome).toBe('verified');
  });

  it.each([
    ['resources out of order', { resources: [second, first, ...rest] }, /against code-point order/],
    ['a resource twice', { resources: [first, first, second, ...rest] }, /listed twice/],
    ['no resources', { resources: [] }, /^no file is signed$/],
    ['a resource left out of the root', { resources: [first, second] }, /^subject has digest/],
    ['a climbing path', { resources: [{ ...first, name: '../a' }] }, /shortest form/],
    ['an ignored path', { resources: [{ ...first, name: '.git/a' }] }, /leave out/],
    ['another algorithm', { resources: [{ ...first, algorithm: 'md5' }] }, /algorithm: got "md5"/],
    ['a short digest', { resources: [{ ...first, digest: 'ab' }] }, /64 lowercase hex digits/],
    ['no serialization', { serialization: undefined }, /serialization: got nothing/],
    ['a third part', { more: {} }, /^predicate: more: got an unknown field/],
  ])('is invalid with %s, though signed', (_, change, reason) => {
    expect(verifyBundle(withPredicate(change), key, digest)).toEqual(invalid(reason));
  });

  it.each(['.', '', '/', '..', 'sub', '*', 'weights.bin', './model.sig'])(
    'is invalid with %j in ignore_paths, though signed',
    (path) => {
      const wide = { serialization: { ...serialization, ignore_paths: ['.git', path] } };
      expect(verifyBundle(withPredicate(wide), key, digest)).toEqual(invalid(/^ignore_paths: /));
    },
  );

  it('is verified without ignore_paths, as signers before OMS 1.1 left it', () => {
    const bare = { method: 'files', hash_type: 'sha256', allow_symlinks: false };
    const verdict = verifyBundle(withPredicate({ serialization: bare }), key, digest);
    expect(verdict.outcome).toBe('verified');
  });
});
