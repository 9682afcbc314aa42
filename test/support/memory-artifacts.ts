import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ArtifactBucket, FileVersion, ListedFile } from '#aws/artifact-bucket.ts';

/** The artifact bucket in memory: every write of a key is another version of it. */
export class MemoryArtifacts
  implements
    Pick<
      ArtifactBucket,
      'name' | 'list' | 'pin' | 'open' | 'read' | 'readUpTo' | 'readRange' | 'hash' | 'retain'
    >
{
  readonly name = 'artifacts';
  readonly retained: { key: string; versionId: string; until: Date }[] = [];
  readonly #versions = new Map<string, Uint8Array[]>();

  write(key: string, body: Uint8Array | string): FileVersion {
    const versions = this.#versions.get(key) ?? [];
    versions.push(Buffer.from(body));
    this.#versions.set(key, versions);
    return { key, versionId: String(versions.length) };
  }

  /** Changes bytes behind the registry's back, under the version that it pinned. */
  tamper({ key, versionId }: FileVersion, body: Uint8Array | string): void {
    const versions = this.#versions.get(key);
    if (!versions?.[Number(versionId) - 1]) throw new Error(`no object ${key}`);
    versions[Number(versionId) - 1] = Buffer.from(body);
  }

  async list(prefix: string): Promise<ListedFile[]> {
    return [...this.#versions]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, versions]) => ({
        key,
        versionId: String(versions.length),
        size: versions.at(-1)?.length ?? 0,
      }));
  }

  async pin(key: string, versionId?: string): Promise<ListedFile | undefined> {
    const versions = this.#versions.get(key) ?? [];
    const wanted = versionId ?? String(versions.length);
    const body = versions[Number(wanted) - 1];
    return body && { key, versionId: wanted, size: body.length };
  }

  async open(file: FileVersion): Promise<Readable> {
    return Readable.from([Buffer.from(await this.read(file))]);
  }

  async read({ key, versionId }: FileVersion): Promise<Uint8Array> {
    const body = this.#versions.get(key)?.[Number(versionId) - 1];
    if (!body) throw new Error(`no version ${versionId} of ${key}`);
    return body;
  }

  async readUpTo(file: FileVersion, maxBytes: number): Promise<Uint8Array | undefined> {
    const body = await this.read(file);
    return body.length > maxBytes ? undefined : body;
  }

  async readRange(file: FileVersion, offset: number, length: number): Promise<Uint8Array> {
    return (await this.read(file)).slice(offset, offset + length);
  }

  async hash(file: FileVersion): Promise<string> {
    return createHash('sha256')
      .update(await this.read(file))
      .digest('hex');
  }

  async retain({ key, versionId }: FileVersion, until: Date): Promise<void> {
    this.retained.push({ key, versionId, until });
  }
}
