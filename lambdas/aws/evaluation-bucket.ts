import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { EvidencePointer } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';

/** Everything about evaluation jobs lies below this prefix of the data bucket. */
const PREFIX = 'evaluations/';

/** Answers of two models to as many rows as a function can judge. */
const MAX_BYTES = 128 * 1024 * 1024;

/** What a job wrote, and which bytes those were. */
export interface JobOutput extends EvidencePointer {
  readonly text: string;
}

/** What evaluation jobs are given and what they leave, by the name of the job. */
export class EvaluationBucket {
  readonly name: string;
  readonly #s3: S3Client;

  constructor(name: string, s3 = new S3Client({})) {
    this.name = name;
    this.#s3 = s3;
  }

  /** The URI of what lies at `path` of a job, or of the folder where it ends in `/`. */
  uri(job: string, path: string): string {
    return `s3://${this.name}/${PREFIX}${job}/${path}`;
  }

  /** Writes an input of a job; a job's name comes from its plan, so twice is the same. */
  async put(job: string, path: string, body: Uint8Array): Promise<EvidencePointer> {
    const key = `${PREFIX}${job}/${path}`;
    const { VersionId } = await this.#s3.send(
      new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }),
    );
    if (!VersionId) throw new Error(`S3 gave ${key} no version: the bucket must be versioned`);
    return { key, versionId: VersionId, sha256: sha256Hex(body) };
  }

  /** @throws Error when the bytes are not those that the pointer was made for. */
  async read({ key, versionId, sha256 }: EvidencePointer): Promise<Uint8Array> {
    const { Body } = await this.#s3.send(
      new GetObjectCommand({ Bucket: this.name, Key: key, VersionId: versionId }),
    );
    if (!Body) throw new Error(`S3 gave no body for ${key}`);
    const bytes = await Body.transformToByteArray();
    const got = sha256Hex(bytes);
    if (got !== sha256) throw new Error(`${key} has SHA-256 ${got}, expected ${sha256}`);
    return bytes;
  }

  /**
   * What a job has left at `path`; undefined where it left nothing.
   * @throws Error when it is larger than a function can judge.
   */
  async output(job: string, path: string): Promise<JobOutput | undefined> {
    const key = `${PREFIX}${job}/${path}`;
    try {
      const { Body, ContentLength, VersionId } = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.name, Key: key }),
      );
      if (!Body || !VersionId || (ContentLength ?? 0) > MAX_BYTES) {
        throw new Error(`${key} has ${ContentLength} bytes, expected 1 to ${MAX_BYTES}`);
      }
      const bytes = await Body.transformToByteArray();
      const text = new TextDecoder().decode(bytes);
      return { key, versionId: VersionId, sha256: sha256Hex(bytes), text };
    } catch (error) {
      if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}
