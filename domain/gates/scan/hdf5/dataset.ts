import { typeOf } from './attribute.ts';
import { broken } from './broken.ts';
import { readShape, type Shape } from './dataspace.ts';
import type { Datatype } from './datatype.ts';
import type { Fields } from './fields.ts';
import type { Hdf5File } from './file.ts';
import { type Filter, readFilters } from './filters.ts';
import { type Layout, readLayout } from './layout.ts';
import { type Message, type ObjectHeaders, one } from './object-header.ts';
import { localHeap, nameAt } from './old-group.ts';

export interface Dataset {
  readonly type: Datatype;
  readonly shape: Shape;
  readonly layout: Layout;
  readonly filters: readonly Filter[];
  /** Files beside this one that hold the data. */
  readonly external: readonly string[];
}

const DATASPACE = 0x01;
const DATATYPE = 0x03;
const EXTERNAL_FILES = 0x07;
const LAYOUT = 0x08;
const FILTERS = 0x0b;
export const MESSAGES_OF_DATASETS = [DATASPACE, DATATYPE, EXTERNAL_FILES, LAYOUT, FILTERS];

/** The dataset of an object's messages, or why it is none: a datatype by itself, or a group. */
export async function datasetOf(
  file: Hdf5File,
  headers: ObjectHeaders,
  messages: readonly Message[],
): Promise<Dataset | 'type' | 'none'> {
  const layout = one(messages, LAYOUT);
  if (layout === undefined) {
    return messages.some(({ type }) => type === DATATYPE) ? 'type' : 'none';
  }
  const type = messages.find((message) => message.type === DATATYPE);
  const shape = one(messages, DATASPACE);
  if (type === undefined || shape === undefined) {
    throw broken('dataset', 'a dataset has no datatype or no shape', layout.start);
  }
  const filters = one(messages, FILTERS);
  const external = one(messages, EXTERNAL_FILES);
  return {
    type: await typeOf(type, headers),
    shape: readShape(shape),
    layout: readLayout(layout),
    filters: filters === undefined ? [] : readFilters(filters),
    external: external === undefined ? [] : await externalFiles(file, external),
  };
}

async function externalFiles(file: Hdf5File, body: Fields): Promise<string[]> {
  body.skip(6);
  const used = body.u16();
  const heap = body.address();
  if (heap === undefined) throw body.broken('heap', 'a list of files has no names');
  const names = await localHeap(file, heap);
  return Array.from({ length: used }, () => {
    const name = nameAt(names, body.length());
    body.skip(2 * body.widths.length);
    return name;
  });
}
