import { describe, expect, it } from 'vitest';
import { parseDigest } from '#domain/registry/digest.ts';
import { type Admission, admissionStatement, judgeAdmission } from '#domain/signing/admission.ts';
import { envelopeText } from '#domain/signing/dsse.ts';
import { signStatement } from '#domain/signing/signer.ts';
import type { Statement } from '#domain/signing/statement.ts';
import { P256Key } from '../../support/p256-key.ts';

const hex = (pair: string) => parseDigest(pair.repeat(32));
const admission: Admission = {
  subject: { tenant: 'acme', model: 'churn', version: '1.2.0' },
  digest: hex('ab'),
  policyHash: hex('cd'),
  scope: 'ADMITTED',
  timeVerified: '2026-01-02T03:04:05.678Z',
  evidence: [{ uri: 's3://evidence/gates/integrity.json', digest: hex('ef') }],
};
const { subject, digest, policyHash, scope } = admission;
const expected = { subject, digest, policyHash, scope };

const signer = new P256Key();
const key = await signer.publicKey();
const signed = async (statement: Statement): Promise<string> =>
  envelopeText(await signStatement(statement, signer));
const text = await signed(admissionStatement(admission));

it('is a SLSA verification summary of the root digest', () => {
  expect(admissionStatement(admission)).toEqual({
    name: 'acme/churn/1.2.0',
    digest,
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: 'assay:admission/v1' },
      timeVerified: '2026-01-02T03:04:05.678Z',
      resourceUri: 'assay:acme/churn@1.2.0',
      policy: { uri: 'assay:acme/churn/policy', digest: { sha256: policyHash } },
      inputAttestations: [
        { uri: 's3://evidence/gates/integrity.json', digest: { sha256: hex('ef') } },
      ],
      verificationResult: 'PASSED',
      verifiedLevels: ['ASSAY_ADMITTED'],
      slsaVersion: '1.0',
    },
  });
});

describe('judgeAdmission', () => {
  it('admits the version it was given for', () => {
    expect(judgeAdmission(text, key, expected)).toEqual({
      outcome: 'admitted',
      timeVerified: admission.timeVerified,
      policyHash,
    });
  });

  it('admits under any policy when none is expected', () => {
    expect(judgeAdmission(text, key, { subject, digest, scope }).outcome).toBe('admitted');
  });

  it.each([
    ['tenant', { subject: { ...subject, tenant: 'other' } }, 'resourceUri'],
    ['model', { subject: { ...subject, model: 'fraud' } }, 'resourceUri'],
    ['version', { subject: { ...subject, version: '1.2.1' } }, 'resourceUri'],
    ['digest', { digest: hex('00') }, 'digest'],
    ['policy', { policyHash: hex('00') }, 'policy'],
    ['scope', { scope: 'STAGING' as const }, 'verifiedLevels'],
  ])('does not match another %s', (_, change, field) => {
    expect(judgeAdmission(text, key, { ...expected, ...change })).toEqual({
      outcome: 'mismatch',
      reason: expect.stringMatching(new RegExp(`^admission: ${field}: got .*, expected `)),
    });
  });

  it('does not let a staging admission serve', async () => {
    const staging = await signed(admissionStatement({ ...admission, scope: 'STAGING' }));
    expect(judgeAdmission(staging, key, { ...expected, scope: 'STAGING' }).outcome).toBe(
      'admitted',
    );
    expect(judgeAdmission(staging, key, expected).outcome).toBe('mismatch');
  });

  it('does not believe another key', async () => {
    const other = await new P256Key().publicKey();
    expect(judgeAdmission(text, other, expected).outcome).toBe('invalid');
  });

  const statement = admissionStatement(admission);
  const changed = (change: object): Statement => ({
    ...statement,
    predicate: { ...statement.predicate, ...change },
  });
  it.each([
    ['another predicate type', { ...statement, predicateType: 'https://slsa.dev/provenance/v1' }],
    ['a failed verification', changed({ verificationResult: 'FAILED' })],
    ['another verifier', changed({ verifier: { id: 'https://example.com' } })],
    ['no policy', changed({ policy: undefined })],
    ['both scopes', changed({ verifiedLevels: ['ASSAY_ADMITTED', 'ASSAY_STAGING'] })],
    ['no scope', changed({ verifiedLevels: [] })],
    ['a time in words', changed({ timeVerified: 'yesterday' })],
  ])('does not admit by %s, though signed', async (_, odd) => {
    expect(judgeAdmission(await signed(odd), key, expected).outcome).toBe('invalid');
  });

  it('ignores fields that it does not know, as SLSA asks', async () => {
    const more = await signed(changed({ 'https://example.com/note': 'hello' }));
    expect(judgeAdmission(more, key, expected).outcome).toBe('admitted');
  });
});
