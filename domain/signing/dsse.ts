import { concatBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import * as z from 'zod/mini';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import { fromBase64, toBase64, toUtf8 } from './encoding.ts';
import { conform, type Parsed, parseJson, refused } from './parsed.ts';
import { type PublicKey, verifies } from './public-key.ts';
import { parseStatement, type Statement } from './statement.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const base64 = z.pipe(
  z.string(),
  z.transform((text, context) => {
    const bytes = fromBase64(text);
    if (bytes && bytes.length > 0) return bytes;
    context.issues.push({ code: 'custom', message: 'padded base64 of some bytes', input: text });
    return z.NEVER;
  }),
);

/** A DSSE envelope of one in-toto statement under one signature, as it is written. */
export interface Envelope {
  readonly payload: string;
  readonly payloadType: typeof PAYLOAD_TYPE;
  readonly signatures: readonly [{ readonly sig: string; readonly keyid: '' }];
}

/** Parses to the bytes of payload and signature. The key is known by other means than `keyid`. */
export const EnvelopeSchema = z.strictObject({
  payload: base64,
  payloadType: z.literal(PAYLOAD_TYPE),
  signatures: z
    .array(z.strictObject({ sig: base64, keyid: z.optional(z.nullable(z.literal(''))) }))
    .check(z.length(1)),
});

/** DSSE v1's pre-authentication encoding of a statement: the message that a key signs. */
export function preAuthEncoding(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `;
  return concatBytes(toUtf8(head), payload);
}

/** SHA-256 of that message: what goes to KMS. */
export const signingDigest = (payload: Uint8Array): Digest => sha256Hex(preAuthEncoding(payload));

/** @param signature DER, as KMS returns it. */
export const envelopeOf = (payload: Uint8Array, signature: Uint8Array): Envelope => ({
  payload: toBase64(payload),
  payloadType: PAYLOAD_TYPE,
  signatures: [{ sig: toBase64(signature), keyid: '' }],
});

export const envelopeText = (envelope: Envelope): string => canonicalize(envelope) ?? '';

/** The statement inside an envelope, once the key's signature over it has been verified. */
export function openEnvelope(text: string, key: PublicKey): Parsed<Statement> {
  const json = parseJson(text, 'envelope');
  if (!json.ok) return json;
  const envelope = conform(EnvelopeSchema, json.value, 'envelope');
  if (!envelope.ok) return envelope;
  return signedStatement(envelope.value, key);
}

export function signedStatement(
  { payload, signatures: [signature] }: z.infer<typeof EnvelopeSchema>,
  key: PublicKey,
): Parsed<Statement> {
  if (!signature || !verifies(key, signingDigest(payload), signature.sig)) {
    return refused(`the signature is not of this statement by key ${key.hint}`);
  }
  return parseStatement(payload);
}
