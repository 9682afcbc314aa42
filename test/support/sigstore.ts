import { createPublicKey } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';

/**
 * What `@sigstore/verify` says of a bundle under one key, known by its hint; it asks for no log
 * and no time.
 * @returns the public key that verified it, as PEM
 * @throws VerificationError as the library does
 */
export function sigstoreVerify(bundle: string, pem: string, hint: string): string {
  const verifier = new Verifier(
    {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
      publicKey: (asked) => {
        if (asked !== hint) throw new Error(`no key for hint ${asked}`);
        return { publicKey: createPublicKey(pem), validFor: () => true };
      },
    },
    { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 },
  );
  const { key } = verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle))));
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
