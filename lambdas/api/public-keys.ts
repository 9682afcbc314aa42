import { Hono } from 'hono';
import type { PublicKeys } from '#aws/public-keys.ts';
import { type Api, allow } from './caller.ts';

export interface KeyPorts {
  readonly keys: Pick<PublicKeys, 'of'>;
  readonly artifactKeyArn: string;
  readonly attestationKeyArn: string;
}

/** The public keys that signatures and admissions verify by. */
export const keyRoutes = ({ keys, artifactKeyArn, attestationKeyArn }: KeyPorts) => {
  const shown = async (arn: string) => {
    const { pem, hint } = await keys.of(arn);
    return { pem, hint };
  };
  return new Hono<Api>().get('/keys', allow('read'), async (c) => {
    const [artifact, attestation] = await Promise.all([
      shown(artifactKeyArn),
      shown(attestationKeyArn),
    ]);
    return c.json({ artifact, attestation });
  });
};
