import { type ByteSource, stretchOf } from '#domain/gates/scan/byte-source.ts';
import type { Findings, Scan } from '#domain/gates/scan/reading.ts';
import { broken, unread } from './broken.ts';
import { chunkData } from './chunk-data.ts';
import { type Chunked, chunkBytesOf, chunksOf } from './chunks.ts';
import { holdsContent } from './contents.ts';
import type { Dataset } from './dataset.ts';
import { elementsOf } from './dataspace.ts';
import type { Hdf5File } from './file.ts';
import { BUILT_IN } from './filters.ts';

/** Deflate cannot exceed this; more is not data but a claim. */
const MOST_RATIO = 1032;
const SMALL_BYTES = 64 * 1024;

/** Bytes that a shape calls for. */
export const declaredBytes = ({ shape, type }: Dataset): number => elementsOf(shape) * type.size;

/** Whether so many bytes may come out of so many. */
export const isBelievable = (declared: number, stored: number): boolean =>
  declared <= MOST_RATIO * Math.max(stored, SMALL_BYTES);

/**
 * Claims a dataset's bytes, adds what is wrong with them, and gives the parts that may hold texts
 * or bytes, as they are without filters.
 */
export async function* dataOf(
  file: Hdf5File,
  dataset: Dataset,
  findings: Findings,
  scan: Scan,
): AsyncGenerator<ByteSource> {
  const { layout, type, external, filters } = dataset;
  const declared = declaredBytes(dataset);
  for (const { id, name } of filters.filter((filter) => !BUILT_IN.includes(filter.id))) {
    findings.undecided(
      'hdf5.filter',
      `is packed by filter ${id} ${JSON.stringify(name.slice(0, 80))}, which is no part of HDF5: reading it loads a shared library or h5py's own code, whatever goes by that number; save it with gzip or without filters`,
    );
  }
  if (external.length > 0) {
    findings.fail(
      'hdf5.external-file',
      `has its data in the file ${JSON.stringify(external[0]?.slice(0, 80))}, which loading would read; save the model in one file`,
    );
    return;
  }
  switch (layout.kind) {
    case 'virtual':
      findings.fail(
        'hdf5.virtual',
        'is assembled from datasets of other files, which loading would read; save the model in one file',
      );
      return;
    case 'compact':
      compareSize(layout.data.bytes.length, declared);
      if (holdsContent(type)) {
        yield stretchOf(file.source, layout.data.start, layout.data.bytes.length);
      }
      return;
    case 'contiguous': {
      const { at, bytes = declared } = layout;
      if (at !== undefined) {
        compareSize(bytes, declared);
        file.space.claim('data', at, bytes);
        if (holdsContent(type)) yield stretchOf(file.source, at, bytes);
      }
      refuseBomb(declared, at === undefined ? 0 : bytes);
      return;
    }
    case 'chunked':
      yield* chunkedData(file, { ...dataset, layout }, findings, scan);
  }
}

async function* chunkedData(
  file: Hdf5File,
  dataset: Dataset & { readonly layout: Chunked },
  findings: Findings,
  scan: Scan,
): AsyncGenerator<ByteSource> {
  const { layout, shape, type, filters } = dataset;
  const { chunk, elementBytes, index } = layout;
  if (shape === undefined || shape.length !== chunk.length || elementBytes !== type.size) {
    throw broken('shape', `chunks of [${chunk.join(', ')}] times ${elementBytes} bytes do not fit`);
  }
  const most = elementsOf(shape.map((size, axis) => Math.ceil(size / (chunk[axis] ?? 1))));
  const size = chunkBytesOf(layout);
  const chunks = await chunksOf(file, layout, most);
  const stored = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  refuseBomb(Math.max(declaredBytes(dataset), chunks.length * size), stored);
  if (index.kind === 'implicit') {
    for (const { at, bytes } of chunks)
      if (holdsContent(type)) yield stretchOf(file.source, at, bytes);
    return;
  }
  let hidden = 0;
  for (const each of chunks) {
    const data = await chunkData(file.source, each, { filters, size, elementBytes }, scan);
    if (data === undefined) hidden += 1;
    else if (holdsContent(type)) yield data;
  }
  const isNamed = filters.every(({ id }) => BUILT_IN.includes(id));
  if (hidden > 0 && isNamed && holdsContent(type)) {
    findings.add(...undone(hidden));
  }
}

const undone = (chunks: number) => {
  const { id, verdict, message } = unread('filter', `has texts or bytes in ${chunks} chunks`);
  return [id, verdict, message] as const;
};

function compareSize(bytes: number, declared: number): void {
  if (bytes === declared) return;
  throw broken('shape', `has ${bytes} bytes of data, its shape calls for ${declared}`);
}

function refuseBomb(declared: number, stored: number): void {
  if (isBelievable(declared, stored)) return;
  throw broken('shape', `calls for ${declared} bytes of memory, of which ${stored} are stored`);
}
