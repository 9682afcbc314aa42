import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** One object version of an artifact. */
export interface FileVersion {
  readonly key: string;
  readonly versionId: string;
}

export interface ListedFile extends FileVersion {
  /** Bytes. */
  readonly size: number;
}

/** Uploaded artifacts, always read by version. */
export class ArtifactBucket {
  readonly name: string;
  readonly #s3: S3Client;

  constructor(name: string, s3 = new S3Client({})) {
    this.name = name;
    this.#s3 = s3;
  }

  /** The newest version of every object under `prefix` that is not deleted. */
  async list(prefix: string): Promise<ListedFile[]> {
    const files: ListedFile[] = [];
    let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await this.#s3.send(
        new ListObjectVersionsCommand({ Bucket: this.name, Prefix: prefix, ...markers }),
      );
      for (const { Key, VersionId, Size, IsLatest } of page.Versions ?? []) {
        if (IsLatest && Key && VersionId) {
          files.push({ key: Key, versionId: VersionId, size: Size ?? 0 });
        }
      }
      if (!page.IsTruncated) return files;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  /** Pins an object that an event names without its version; undefined when it is gone. */
  async pin(key: string, versionId?: string): Promise<ListedFile | undefined> {
    try {
      const head = await this.#s3.send(
        new HeadObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }),
      );
      if (!head.VersionId)
        throw new Error(`S3 gave ${key} no version: the bucket must be versioned`);
      return { key, versionId: head.VersionId, size: head.ContentLength ?? 0 };
    } catch (error) {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) {
        return undefined;
      }
      throw error;
    }
  }

  async open({ key, versionId }: FileVersion): Promise<Readable> {
    const { Body } = await this.#s3.send(
      new GetObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }),
    );
    if (!(Body instanceof Readable)) throw new Error(`S3 gave no body for ${key}`);
    return Body;
  }

  async read(file: FileVersion): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.open(file)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** The bytes of a file that nobody measured yet, or undefined when it has more than `maxBytes`. */
  async readUpTo(file: FileVersion, maxBytes: number): Promise<Uint8Array | undefined> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of await this.open(file)) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** SHA-256 of the bytes, streamed: memory does not grow with the file. */
  async hash(file: FileVersion): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await this.open(file)) hash.update(chunk);
    return hash.digest('hex');
  }

  async readRange(
    { key, versionId }: FileVersion,
    offset: number,
    length: number,
  ): Promise<Uint8Array> {
    const { Body } = await this.#s3.send(
      new GetObjectCommand({
        Bucket: this.name,
        Key: key,
        VersionId: versionId,
        Range: `bytes=${offset}-${offset + length - 1}`,
      }),
    );
    if (!Body) throw new Error(`S3 gave no body for ${key}`);
    return Body.transformToByteArray();
  }

  /** Keeps a version from being deleted until a date; a governance lock, which admins may lift. */
  async retain({ key, versionId }: FileVersion, until: Date): Promise<void> {
    await this.#s3.send(
      new PutObjectRetentionCommand({
        Bucket: this.name,
        Key: key,
        VersionId: versionId,
        Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until },
      }),
    );
  }

  /** A URL that anyone may read this version by, for `seconds`. */
  presign({ key, versionId }: FileVersion, seconds: number): Promise<string> {
    return getSignedUrl(
      this.#s3,
      new GetObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }),
      { expiresIn: seconds },
    );
  }
}
