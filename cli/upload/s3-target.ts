import { createHash } from 'node:crypto';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  paginateListParts,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { UploadGrant } from '../api-schemas.ts';
import { codeOf } from '../failure.ts';

/** A part that S3 holds already. */
export interface HeldPart extends CompletedPart {
  readonly Size?: number | undefined;
}

/** The prefix of one upload in S3. Every body carries its SHA-256, which S3 checks. */
export class S3Target {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  /** `renew` fetches new credentials for the same prefix when these end. */
  constructor(grant: UploadGrant, endpoint: string | undefined, renew: () => Promise<UploadGrant>) {
    this.#bucket = grant.bucket;
    this.#prefix = grant.prefix;
    let first: UploadGrant | undefined = grant;
    this.#s3 = new S3Client({
      region: grant.region,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      credentials: async () => {
        const { credentials } = first ?? (await renew());
        first = undefined;
        return { ...credentials, expiration: new Date(credentials.expiration) };
      },
    });
  }

  key = (path: string): string => this.#prefix + path;

  /** Returns the S3 version that was made. */
  async put(path: string, body: Uint8Array): Promise<string | undefined> {
    const { VersionId } = await this.#s3.send(
      new PutObjectCommand({ ...this.#at(path), Body: body, ChecksumSHA256: checksum(body) }),
    );
    return VersionId;
  }

  async create(path: string): Promise<string> {
    const { UploadId } = await this.#s3.send(
      new CreateMultipartUploadCommand({ ...this.#at(path), ChecksumAlgorithm: 'SHA256' }),
    );
    if (!UploadId) throw new Error(`S3 gave no upload id for ${path}`);
    return UploadId;
  }

  /** By part number; undefined when S3 no longer knows the multipart upload. */
  async held(path: string, multipartId: string): Promise<Map<number, HeldPart> | undefined> {
    const parts = new Map<number, HeldPart>();
    const request = { ...this.#at(path), UploadId: multipartId };
    try {
      for await (const page of paginateListParts({ client: this.#s3 }, request)) {
        for (const part of page.Parts ?? []) parts.set(part.PartNumber ?? 0, part);
      }
    } catch (error) {
      if (codeOf(error) === 'NoSuchUpload') return undefined;
      throw error;
    }
    return parts;
  }

  async part(
    path: string,
    multipartId: string,
    number: number,
    body: Uint8Array,
  ): Promise<CompletedPart> {
    const ChecksumSHA256 = checksum(body);
    const { ETag } = await this.#s3.send(
      new UploadPartCommand({
        ...this.#at(path),
        UploadId: multipartId,
        PartNumber: number,
        Body: body,
        ChecksumSHA256,
      }),
    );
    return { ETag, PartNumber: number, ChecksumSHA256 };
  }

  async complete(path: string, multipartId: string, parts: CompletedPart[]): Promise<void> {
    await this.#s3.send(
      new CompleteMultipartUploadCommand({
        ...this.#at(path),
        UploadId: multipartId,
        MultipartUpload: { Parts: parts },
      }),
    );
  }

  close = (): void => this.#s3.destroy();

  #at = (path: string): { Bucket: string; Key: string } => ({
    Bucket: this.#bucket,
    Key: this.key(path),
  });
}

export const checksum = (body: Uint8Array): string =>
  createHash('sha256').update(body).digest('base64');
