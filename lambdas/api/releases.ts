import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { ReleaseClaims } from '#aws/release-claims.ts';
import { parseManifestKey } from '#domain/registry/upload-key.ts';
import type { ReleaseClaim } from '#domain/registry/version-record.ts';
import { type Api, allow } from './caller.ts';
import { readQuery } from './input.ts';
import { notFound } from './problem.ts';

/** The lengths are S3's own for a key, and one that DynamoDB's keys leave room for. */
const Query = z.strictObject({
  key: z.string().check(z.maxLength(1024)),
  versionId: z.string().check(z.minLength(1), z.maxLength(256)),
});

export interface ReleasePorts {
  readonly claims: Pick<ReleaseClaims, 'get'>;
  readonly bucket: string;
}

/** What became of an uploaded manifest; 404 until an execution has claimed it. */
export const releaseRoutes = ({ claims, bucket }: ReleasePorts) =>
  new Hono<Api>().get('/releases', allow('read'), async (c) => {
    const { key, versionId } = readQuery(c.req, Query);
    const { tenant } = c.var.caller;
    const upload = parseManifestKey(key);
    const claim =
      upload?.tenant === tenant ? await claims.get(tenant, { bucket, key, versionId }) : undefined;
    if (!claim) throw notFound('release of this object version');
    return c.json(viewOf(claim));
  });

const viewOf = (claim: ReleaseClaim) => ({
  outcome: claim.outcome,
  model: claim.model,
  uploadId: claim.uploadId,
  ...('version' in claim && { version: claim.version, digest: claim.digest }),
  ...('problems' in claim && { problems: claim.problems }),
  execution: claim.execution,
});
