import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sourceOf } from '#domain/gates/scan/byte-source.ts';
import { chunksOf } from '#domain/gates/scan/hdf5/chunks.ts';
import { contentsOf, Heaped } from '#domain/gates/scan/hdf5/contents.ts';
import type { Dataset } from '#domain/gates/scan/hdf5/dataset.ts';
import { elementsOf } from '#domain/gates/scan/hdf5/dataspace.ts';
import { textIn } from '#domain/gates/scan/hdf5/fields.ts';
import type { Hdf5File } from '#domain/gates/scan/hdf5/file.ts';
import { GlobalHeap } from '#domain/gates/scan/hdf5/global-heap.ts';
import { readObjects } from '#domain/gates/scan/hdf5/objects.ts';
import { readSuperblock } from '#domain/gates/scan/hdf5/superblock.ts';
import { fixture } from './fixture.ts';

interface ListedAttribute {
  readonly shape: readonly number[] | null;
  readonly type: string;
  readonly text?: string;
}
interface Listed {
  readonly kind: string;
  readonly attributes: Readonly<Record<string, ListedAttribute>>;
  readonly shape?: readonly number[] | null;
  readonly type?: { readonly class: string; readonly size: number };
  readonly chunk?: readonly number[];
  readonly chunks?: number;
}

/** What h5py lists, written by the script beside the fixtures. */
const LISTING: Record<
  string,
  { readonly count: number; readonly objects: Readonly<Record<string, Listed>> }
> = JSON.parse(readFileSync(new URL('fixtures/listing.json', import.meta.url), 'utf8'));

async function datasetOf(file: Hdf5File, { type, shape, layout }: Dataset) {
  const described = { shape: shape ?? null, type: { class: type.class, size: type.size } };
  if (layout.kind !== 'chunked') return described;
  const whole = elementsOf(
    (shape ?? []).map((size, axis) => Math.ceil(size / (layout.chunk[axis] ?? 1))),
  );
  const chunks = await chunksOf(file, layout, whole);
  const count = layout.index.kind === 'implicit' ? whole : chunks.length;
  return { ...described, chunk: layout.chunk, chunks: count };
}

async function listingOf(name: string): Promise<Record<string, Listed>> {
  const { file, root } = await readSuperblock(sourceOf(fixture(name)));
  const heap = new Heaped(new GlobalHeap(file));
  const listing: Record<string, Listed> = {};
  const refuse = (error: Error): never => {
    throw error;
  };
  for await (const { path, kind, attributes, dataset } of readObjects(file, root, refuse)) {
    const listed: Record<string, ListedAttribute> = {};
    for (const { name: key, type, shape, data } of attributes) {
      const texts: string[] = [];
      for await (const { is, bytes } of contentsOf(type, data, elementsOf(shape), heap)) {
        if (is === 'text') texts.push(textIn(bytes).replace(/\0+$/, ''));
      }
      const [text] = shape?.length === 0 ? texts : [];
      listed[key] = {
        shape: shape === undefined ? null : shape,
        type: type.class,
        ...(text !== undefined && { text }),
      };
    }
    listing[path] = {
      kind,
      attributes: listed,
      ...(dataset !== undefined && (await datasetOf(file, dataset))),
    };
  }
  return listing;
}

it.each(Object.entries(LISTING))('%s holds what h5py finds in it', async (name, expected) => {
  const listing = await listingOf(name);
  expect(Object.keys(listing)).toHaveLength(expected.count);
  // An object of several names is known here by one of them.
  const paths = Object.keys(listing);
  const named = Object.fromEntries(paths.map((path) => [path, expected.objects[path]]));
  expect(listing).toEqual(named);
});
