import { Hono } from 'hono';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import { type Api, allow } from './caller.ts';
import { Refused } from './problem.ts';
import { findVersion } from './version.ts';

export interface DescriptionPorts {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
}

/** A version's model card and bill of materials, and the signed attestation of each. */
export const descriptionRoutes = ({ registry, evidence }: DescriptionPorts) =>
  new Hono<Api>().get('/models/:model/versions/:version/description', allow('read'), async (c) => {
    const version = await findVersion(registry, c.var.caller.tenant, c.req.param());
    const { description } = version;
    if (!description) {
      throw new Refused(
        409,
        `${version.model}@${version.version} is ${version.state} and has no model card, expected a version that passed its gates; look at its status`,
      );
    }
    const [card, bom, cardAttestation, bomAttestation] = await Promise.all([
      evidence.readJson(description.card),
      evidence.readJson(description.bom),
      evidence.readJson(description.cardAttestation),
      evidence.readJson(description.bomAttestation),
    ]);
    return c.json({
      card,
      bom,
      attestations: { card: cardAttestation, bom: bomAttestation },
    } as object);
  });
