import canonicalize from 'canonicalize';
import * as z from 'zod/mini';
import { EnvelopeSchema, envelopeOf } from './dsse.ts';
import { conform, type Parsed, parseJson, refused } from './parsed.ts';
import type { PublicKey } from './public-key.ts';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The Sigstore bundle v0.3 of a signature by a bare key; stock verifiers allow no other field. */
export const bundleText = (payload: Uint8Array, signature: Uint8Array, key: PublicKey): string =>
  canonicalize({
    mediaType: MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: key.hint }, tlogEntries: [] },
    dsseEnvelope: envelopeOf(payload, signature),
  }) ?? '';

const Certificate = z.looseObject({ rawBytes: z.string().check(z.minLength(1)) });

const Bundle = z.strictObject({
  mediaType: z.literal(MEDIA_TYPE),
  verificationMaterial: z.strictObject({
    publicKey: z.optional(z.looseObject({ hint: z.optional(z.nullable(z.string())) })),
    x509CertificateChain: z.optional(
      z.looseObject({ certificates: z.array(Certificate).check(z.minLength(1)) }),
    ),
    certificate: z.optional(Certificate),
    tlogEntries: z.optional(z.array(z.looseObject({}))),
    timestampVerificationData: z.optional(z.nullable(z.looseObject({}))),
  }),
  dsseEnvelope: EnvelopeSchema,
});

/** OMS v1.0 (4.1) signs by a bare key, by a certificate, or by Sigstore's own. */
export interface ParsedBundle {
  readonly method: 'key' | 'certificate' | 'sigstore';
  /** SHA-256 of the key's PEM; absent from bundles older than OMS 1.1. */
  readonly hint: string | undefined;
  readonly logEntries: number;
  readonly envelope: z.infer<typeof EnvelopeSchema>;
}

export function parseBundle(text: string): Parsed<ParsedBundle> {
  const json = parseJson(text, 'signature');
  if (!json.ok) return json;
  const bundle = conform(Bundle, json.value, 'signature');
  if (!bundle.ok) return bundle;
  const { verificationMaterial: material, dsseEnvelope: envelope } = bundle.value;

  const methods = [
    ...(material.publicKey ? ['key' as const] : []),
    ...(material.x509CertificateChain ? ['certificate' as const] : []),
    ...(material.certificate ? ['sigstore' as const] : []),
  ];
  const [method] = methods;
  if (!method || methods.length > 1) {
    return refused(
      `signature: verificationMaterial names ${methods.length} signers, expected exactly one`,
    );
  }
  const logEntries = material.tlogEntries?.length ?? 0;
  if (method === 'sigstore' && logEntries === 0) {
    return refused('signature: verificationMaterial.tlogEntries is empty, Sigstore needs one');
  }
  const hint = material.publicKey?.hint ?? undefined;
  return { ok: true, value: { method, hint, logEntries, envelope } };
}
