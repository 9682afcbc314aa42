import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';

/** Evidence documents are read whole; one beyond this was not written by Assay. */
const MAX_BYTES = 32 * 1024 * 1024;

const ATTEMPTS = 3;

/** A document has other bytes than its pointer says; readers that fail closed go by the name. */
class EvidenceAltered extends Error {
  override readonly name = 'EvidenceAltered';

  constructor(key: string, got: string, expected: string) {
    super(`evidence ${key} has SHA-256 ${got}, expected ${expected}: it was altered`);
  }
}

/** Write-once documents, pinned by S3 version and by hash. */
export class EvidenceBucket {
  readonly name: string;
  readonly #s3: S3Client;

  constructor(name: string, s3 = new S3Client({})) {
    this.name = name;
    this.#s3 = s3;
  }

  /**
   * Writes a document once. A second writer gets a pointer to what the first one wrote, and
   * compares its hash with its own where the two must be equal.
   */
  async put(key: string, body: Uint8Array, contentType: string): Promise<EvidencePointer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { VersionId } = await this.#s3.send(
          new PutObjectCommand({
            Bucket: this.name,
            Key: key,
            Body: body,
            ContentType: contentType,
            IfNoneMatch: '*',
          }),
        );
        return { key, versionId: requireVersion(VersionId, key), sha256: sha256Hex(body) };
      } catch (error) {
        if (isNamed(error, 'PreconditionFailed')) return this.#pointerTo(key);
        // Two writers met and neither has written: S3 asks for the upload to be sent again.
        if (!isNamed(error, 'ConditionalRequestConflict') || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * A pointer without a version is to a document that is named by its hash.
   * @throws EvidenceAltered when the bytes are not those the pointer was made for.
   */
  async read(
    pointer: Partial<EvidencePointer> & Omit<EvidencePointer, 'versionId'>,
  ): Promise<Uint8Array> {
    const bytes = await this.#get(pointer.key, pointer.versionId);
    const sha256 = sha256Hex(bytes.body);
    if (sha256 !== pointer.sha256) {
      throw new EvidenceAltered(pointer.key, sha256, pointer.sha256);
    }
    return bytes.body;
  }

  async readJson(pointer: Parameters<this['read']>[0]): Promise<unknown> {
    return JSON.parse(new TextDecoder().decode(await this.read(pointer)));
  }

  async #pointerTo(key: string): Promise<EvidencePointer> {
    const { body, versionId } = await this.#get(key);
    return { key, versionId: requireVersion(versionId, key), sha256: sha256Hex(body) };
  }

  async #get(
    key: string,
    versionId?: string,
  ): Promise<{ body: Uint8Array; versionId: string | undefined }> {
    const { Body, ContentLength, VersionId } = await this.#s3.send(
      new GetObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }),
    );
    if (!Body || (ContentLength ?? 0) > MAX_BYTES) {
      throw new Error(`evidence ${key} has ${ContentLength} bytes, expected 1 to ${MAX_BYTES}`);
    }
    return { body: await Body.transformToByteArray(), versionId: VersionId };
  }
}

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof S3ServiceException && error.name === name;

function requireVersion(versionId: string | undefined, key: string): string {
  if (!versionId) throw new Error(`S3 gave ${key} no version: the bucket must be versioned`);
  return versionId;
}
