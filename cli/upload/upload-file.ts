import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { type Pool, settleAll } from './pool.ts';
import { checksum, type HeldPart, type S3Target } from './s3-target.ts';
import type { UploadJournal } from './upload-journal.ts';

export interface Source {
  readonly folder: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

interface Sink {
  readonly target: S3Target;
  readonly journal: UploadJournal;
  readonly pool: Pool;
  /** Bytes that reached S3, now or on an earlier run. */
  readonly onBytes: (path: string, bytes: number) => void;
}

/** Four of them in flight are 32 MiB of memory. */
const PART_BYTES = 8 * 1024 * 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MOST_PARTS = 10_000;

/** Uploads one file, in parts when it is large; what an earlier run uploaded is left as it is. */
export async function uploadFile(source: Source, sink: Sink): Promise<void> {
  const { path, size, folder } = source;
  const { journal, onBytes, pool, target } = sink;
  if (journal.file(path) === 'done') {
    onBytes(path, size);
  } else if (size <= PART_BYTES) {
    await pool.run(async () => target.put(path, await readFile(join(folder, path))));
    onBytes(path, size);
    await journal.record(path, 'done');
  } else {
    await uploadParts(source, sink);
    await journal.record(path, 'done');
  }
}

async function uploadParts({ folder, path, size }: Source, sink: Sink): Promise<void> {
  const { target } = sink;
  const { multipartId, partBytes, held } = await beginOrResume(path, size, sink);
  const file = await open(join(folder, path));
  try {
    const count = Math.ceil(size / partBytes);
    const parts: CompletedPart[] = [];
    await settleAll(
      Array.from({ length: count }, (_, at) =>
        sink.pool.run(async () => {
          const body = await slice(
            file,
            at * partBytes,
            Math.min(partBytes, size - at * partBytes),
          );
          const before = held.get(at + 1);
          parts[at] =
            before && sameBytes(before, body)
              ? { ETag: before.ETag, PartNumber: at + 1, ChecksumSHA256: checksum(body) }
              : await target.part(path, multipartId, at + 1, body);
          sink.onBytes(path, body.length);
        }),
      ),
    );
    await target.complete(path, multipartId, parts);
  } finally {
    await file.close();
  }
}

async function beginOrResume(
  path: string,
  size: number,
  { journal, target, pool }: Sink,
): Promise<{ multipartId: string; partBytes: number; held: ReadonlyMap<number, HeldPart> }> {
  const before = journal.file(path);
  if (before !== undefined && before !== 'done') {
    const held = await pool.run(() => target.held(path, before.multipartId));
    if (held) return { ...before, held };
  }
  const partBytes = Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS));
  const multipartId = await pool.run(() => target.create(path));
  await journal.record(path, { multipartId, partBytes });
  return { multipartId, partBytes, held: new Map() };
}

/** Stores that keep no checksums still tell sizes; registration hashes the whole file anyway. */
const sameBytes = ({ Size, ChecksumSHA256 }: HeldPart, body: Uint8Array): boolean =>
  Size === body.length && (ChecksumSHA256 === undefined || ChecksumSHA256 === checksum(body));

async function slice(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(bytes, read, length - read, offset + read);
    if (bytesRead === 0) throw new Error('a file became shorter while it was uploaded');
    read += bytesRead;
  }
  return bytes;
}
