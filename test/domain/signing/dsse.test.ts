import { dsse } from '@sigstore/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '#domain/registry/digest.ts';
import { envelopeOf, envelopeText, openEnvelope, preAuthEncoding } from '#domain/signing/dsse.ts';
import { signStatement } from '#domain/signing/signer.ts';
import { type Statement, statementBytes } from '#domain/signing/statement.ts';
import { P256Key } from '../../support/p256-key.ts';

const statement: Statement = {
  name: 'acme/churn/1.2.0',
  digest: parseDigest('ab'.repeat(32)),
  predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
  predicate: { result: 'PASSED' },
};
const signer = new P256Key();
const key = await signer.publicKey();
const envelope = await signStatement(statement, signer);

it('encodes what is signed as Sigstore does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
      const theirs = dsse.preAuthEncoding('application/vnd.in-toto+json', Buffer.from(payload));
      expect(Buffer.from(preAuthEncoding(payload))).toEqual(theirs);
    }),
  );
});

it('makes the same bytes of the same statement, whatever the order of its fields', () => {
  const other = { ...statement, predicate: { b: 1, a: [2] } };
  const turned = { ...statement, predicate: { a: [2], b: 1 } };
  expect(statementBytes(other)).toEqual(statementBytes(turned));
});

describe('openEnvelope', () => {
  it('returns the statement that was signed', () => {
    expect(openEnvelope(envelopeText(envelope), key)).toEqual({ ok: true, value: statement });
  });

  it('refuses another statement under the same signature', () => {
    const other = envelopeOf(
      statementBytes({ ...statement, predicate: { result: 'FAILED' } }),
      Buffer.from(envelope.signatures[0].sig, 'base64'),
    );
    expect(openEnvelope(envelopeText(other), key)).toEqual({
      ok: false,
      reason: `the signature is not of this statement by key ${key.hint}`,
    });
  });

  it('refuses the signature of another key', async () => {
    const other = await signStatement(statement, new P256Key());
    expect(openEnvelope(envelopeText(other), key).ok).toBe(false);
  });

  const [signature] = envelope.signatures;
  it.each([
    ['another payload type', { ...envelope, payloadType: 'application/json' }],
    ['no signature', { ...envelope, signatures: [] }],
    ['two signatures', { ...envelope, signatures: [signature, signature] }],
    ['an unknown field', { ...envelope, note: 'hello' }],
    ['a key id', { ...envelope, signatures: [{ ...signature, keyid: 'mine' }] }],
    ['an empty payload', { ...envelope, payload: '' }],
    ['a payload that is not base64', { ...envelope, payload: 'e30' }],
    ['a signature that is not base64', { ...envelope, signatures: [{ sig: '*', keyid: '' }] }],
  ])('refuses an envelope with %s', (_, odd) => {
    const opened = openEnvelope(JSON.stringify(odd), key);
    expect(opened).toEqual({ ok: false, reason: expect.stringMatching(/^envelope: /) });
  });

  it.each([
    ['null', null],
    ['absent', undefined],
  ])('takes a key id that is %s', (_, keyid) => {
    const other = { ...envelope, signatures: [{ ...signature, keyid }] };
    expect(openEnvelope(JSON.stringify(other), key).ok).toBe(true);
  });

  it('refuses an empty text and one that is not JSON', () => {
    expect(openEnvelope('', key)).toEqual({ ok: false, reason: 'the envelope is empty' });
    expect(openEnvelope('{', key)).toEqual({ ok: false, reason: 'the envelope is not JSON' });
  });

  it.each([
    ['not UTF-8', Uint8Array.of(0xff), 'the statement is not UTF-8'],
    ['not JSON', Buffer.from('hello'), 'the statement is not JSON'],
    ['not a statement', Buffer.from('{"_type":"x"}'), /^statement: _type: got "x"/],
  ])('refuses a signed payload that is %s', (_, payload, reason) => {
    const signed = envelopeOf(payload, signer.signMessage(preAuthEncoding(payload)));
    expect(openEnvelope(envelopeText(signed), key)).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});
