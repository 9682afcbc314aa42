import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Seen } from '#domain/monitoring/capture/seen.ts';
import { storedSeen } from '#domain/monitoring/capture/stored-seen.ts';
import { type Digest, digestStart } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';

const HOUR_MS = 3_600_000;

/** What versions took and answered, by hour, for as long as the data bucket keeps it. */
export class CaptureArchive {
  readonly #name: string;
  readonly #s3: S3Client;

  constructor(name: string, s3 = new S3Client({})) {
    this.#name = name;
    this.#s3 = s3;
  }

  /** Another time it replaces what was known of the hour before. */
  async put(
    { tenant, model }: Pick<Subject, 'tenant' | 'model'>,
    digest: Digest,
    hour: number,
    seen: Seen,
  ): Promise<void> {
    const at = new Date(hour * HOUR_MS).toISOString();
    const document = {
      schema: 'assay.capture/v1',
      ...{ tenant, model, digest, hour: at, seen: storedSeen(seen) },
    };
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.#name,
        Key: `captures/${tenant}/${model}/${digestStart(digest)}/${at}.json.gz`,
        Body: gzipSync(JSON.stringify(document)),
        ContentType: 'application/gzip',
      }),
    );
  }
}
