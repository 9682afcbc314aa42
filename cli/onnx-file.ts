import { type FileHandle, open } from 'node:fs/promises';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { ioSchemaOf } from '#domain/registry/onnx/io-schema-of.ts';
import { OnnxError } from '#domain/registry/onnx/onnx-error.ts';
import { readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { Failure } from './failure.ts';

/** What an ONNX file on disk takes and gives; weights are not read. */
export async function readIoSchema(path: string): Promise<IoSchema> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = (offset: number, length: number): Promise<Uint8Array> =>
      readAt(file, offset, length);
    return ioSchemaOf(await readOnnxMetadata({ size, read }));
  } catch (error) {
    if (error instanceof OnnxError)
      throw new Failure(`${path}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
