import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Advisory } from '#domain/gates/dependencies/osv/advisory.ts';
import {
  readShard,
  type Snapshot,
  SnapshotIndex,
  shardKey,
  snapshotDigest,
} from '#domain/gates/dependencies/osv/snapshot.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';

/** Everything about advisories lies below this prefix of the data bucket. */
const PREFIX = 'advisories/';
/** The snapshot in use; its writing tells everybody of a new one. */
const INDEX = `${PREFIX}index.json`;
/** Where an operator puts an `all.zip` that no function can download. */
const IMPORT = `${PREFIX}import/all.zip`;

const ATTEMPTS = 3;
const WRITERS = 16;

/** A snapshot's index, as it was found. */
export interface StoredIndex {
  readonly index: SnapshotIndex;
  readonly digest: Digest;
  readonly etag: string;
}

/** An `all.zip` that an operator has put into the bucket. */
export interface Imported {
  readonly bytes: Uint8Array;
  /** Epoch seconds: the same upload is always as old. */
  readonly uploadedAt: number;
}

/** Snapshots of advisories in the data bucket: shards named by their hash, and one index in use. */
export class Advisories {
  readonly name: string;
  readonly #s3: S3Client;

  constructor(name: string, s3 = new S3Client({})) {
    this.name = name;
    this.#s3 = s3;
  }

  /** The snapshot in use; undefined where there has never been one. */
  async current(): Promise<StoredIndex | undefined> {
    const found = await this.#get(INDEX);
    if (!found) return undefined;
    if (!found.ETag) throw new Error(`S3 gave ${INDEX} no ETag`);
    const index = SnapshotIndex.parse(JSON.parse(await found.Body.transformToString()));
    return { index, digest: snapshotDigest(index), etag: found.ETag };
  }

  /** Advisories by package. @throws RangeError when the shard is not the one that the index names. */
  async shard(digest: Digest): Promise<ReadonlyMap<string, readonly Advisory[]>> {
    const found = await this.#get(PREFIX + shardKey(digest));
    if (!found) throw new Error(`the shard of advisories ${digest} is missing from ${this.name}`);
    return readShard(digest, await found.Body.transformToString());
  }

  /** Undefined when there is none, or one of more than `maxBytes`. */
  async imported(maxBytes: number): Promise<Imported | undefined> {
    const found = await this.#get(IMPORT);
    if (!found?.LastModified || (found.ContentLength ?? Number.POSITIVE_INFINITY) > maxBytes) {
      return undefined;
    }
    const uploadedAt = Math.floor(found.LastModified.getTime() / 1000);
    return { bytes: await found.Body.transformToByteArray(), uploadedAt };
  }

  /**
   * Puts a snapshot into use: everything that its index names is there before the index is.
   * False when another snapshot took the place of `current` meanwhile.
   */
  async replace(current: StoredIndex | undefined, { index, shards }: Snapshot): Promise<boolean> {
    const held = new Set<string>(Object.values(current?.index.shards ?? {}));
    const missing = [...shards].filter(([digest]) => !held.has(digest));
    for (let at = 0; at < missing.length; at += WRITERS) {
      const batch = missing.slice(at, at + WRITERS);
      await Promise.all(
        batch.map(([digest, body]) => this.#create(PREFIX + shardKey(digest), body)),
      );
    }
    const body = canonicalBytes(index);
    // Verdicts name a snapshot by this digest, long after another one is in use.
    await this.#create(`${PREFIX}snapshots/${sha256Hex(body)}.json`, body);
    return this.#put(INDEX, body, current ? { IfMatch: current.etag } : { IfNoneMatch: '*' });
  }

  /** Writes what is named by its hash; where it is already, it is the same. */
  async #create(key: string, body: Uint8Array): Promise<void> {
    await this.#put(key, body, { IfNoneMatch: '*' });
  }

  /** False when the condition did not hold. */
  async #put(
    key: string,
    body: Uint8Array,
    condition: { readonly IfMatch: string } | { readonly IfNoneMatch: '*' },
  ): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#s3.send(
          new PutObjectCommand({
            Bucket: this.name,
            Key: key,
            Body: body,
            ContentType: 'application/json',
            ...condition,
          }),
        );
        return true;
      } catch (error) {
        if (isNamed(error, 'PreconditionFailed')) return false;
        // Two writers met and neither has written: S3 asks for the upload to be sent again.
        if (!isNamed(error, 'ConditionalRequestConflict') || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #get(key: string) {
    try {
      const { Body, ...about } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.name, Key: key }),
      );
      if (!Body) throw new Error(`S3 gave no body for ${key}`);
      return { ...about, Body };
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  }
}

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof S3ServiceException && error.name === name;
