import * as z from 'zod/mini';

/** What `ClaimUpload` hands to the tasks after it. */
export const Claim = z.strictObject({
  principal: z.string(),
  tenant: z.string(),
  model: z.string(),
  uploadId: z.string(),
  execution: z.string(),
  createdAt: z.string(),
});
export type Claim = z.infer<typeof Claim>;

export const ClaimedObject = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string(),
});
export type ClaimedObject = z.infer<typeof ClaimedObject>;
