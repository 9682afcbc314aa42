import * as z from 'zod/mini';
import { EvidencePointer } from './artifact.ts';
import { parseDigest } from './digest.ts';

const DigestField = z.pipe(z.string(), z.transform(parseDigest));

/**
 * What every task of a release is given: which version, pinned to its digest, its record and
 * the policy it is judged by. Pointers only, so that state data stays small.
 */
export const ReleaseRef = z.strictObject({
  tenant: z.string(),
  model: z.string(),
  version: z.string(),
  digest: DigestField,
  artifact: EvidencePointer,
  policyHash: DigestField,
  policyRevision: z.int(),
  execution: z.string(),
});
export type ReleaseRef = z.infer<typeof ReleaseRef>;
