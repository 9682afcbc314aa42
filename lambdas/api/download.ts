import { Hono } from 'hono';
import * as z from 'zod/mini';
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import type { EvidenceBucket } from '#aws/evidence-bucket.ts';
import type { ModelRegistry } from '#aws/model-registry.ts';
import type { PublicKeys } from '#aws/public-keys.ts';
import { readArtifactRecord } from '../artifact-record.ts';
import { type Api, allow } from './caller.ts';
import { decodeCursor, encodeCursor, PageQuery } from './cursor.ts';
import { readQuery } from './input.ts';
import { Refused } from './problem.ts';
import { findVersion } from './version.ts';

const URL_SECONDS = 15 * 60;

/** A URL with a session token has up to 3 KB; a function's answer must stay under 6 MB. */
const FILES_PER_PAGE = 1000;

export interface DownloadPorts {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly evidence: Pick<EvidenceBucket, 'readJson'>;
  readonly artifacts: Pick<ArtifactBucket, 'presign'>;
  readonly keys: Pick<PublicKeys, 'of'>;
  readonly artifactKeyArn: string;
}

/** URLs of a version's pinned files, and what it takes to verify them without trusting the API. */
export const downloadRoutes = (ports: DownloadPorts) =>
  new Hono<Api>().get('/models/:model/versions/:version/download', allow('read'), async (c) => {
    const { cursor } = readQuery(c.req, PageQuery);
    const version = await findVersion(ports.registry, c.var.caller.tenant, c.req.param());
    const { digest, signature } = version;
    const Position = z.strictObject({ digest: z.literal(digest), from: z.int().check(z.gte(0)) });
    const from = decodeCursor(Position, cursor)?.from ?? 0;
    if (!signature) {
      throw new Refused(
        409,
        `${version.model}@${version.version} is ${version.state} and not signed, expected a signature; look at its status`,
      );
    }
    const [{ files }, bundle, { pem }] = await Promise.all([
      readArtifactRecord(ports.evidence, version),
      ports.evidence.readJson(signature),
      ports.keys.of(ports.artifactKeyArn),
    ]);
    const next = from + FILES_PER_PAGE;
    return c.json({
      digest,
      files: await Promise.all(
        files.slice(from, next).map(async (file) => ({
          path: file.path,
          size: file.size,
          sha256: file.sha256,
          url: await ports.artifacts.presign(file, URL_SECONDS),
        })),
      ),
      signature: bundle as object,
      publicKeyPem: pem,
      ...(next < files.length && { cursor: encodeCursor({ digest, from: next }) }),
    });
  });
