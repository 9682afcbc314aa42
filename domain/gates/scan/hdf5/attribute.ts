import { broken, unread } from './broken.ts';
import { elementsOf, readShape, type Shape } from './dataspace.ts';
import { type Datatype, readDatatype } from './datatype.ts';
import type { Fields } from './fields.ts';
import type { Hdf5File } from './file.ts';
import { FractalHeap } from './fractal-heap.ts';
import { readDense } from './link.ts';
import type { Message, ObjectHeaders } from './object-header.ts';
import { recordsOf } from './tree2.ts';

export interface Attribute {
  readonly name: string;
  readonly type: Datatype;
  readonly shape: Shape;
  readonly data: Fields;
}

const DATATYPE = 3;
const BY_NAME = 8;
const BY_ORDER = 9;
const IN_HEAP = 1;

/** The datatype of a message, which may lie in the file under a name of its own. */
export async function typeOf(
  { body, shared }: Pick<Message, 'body' | 'shared'>,
  headers: ObjectHeaders,
): Promise<Datatype> {
  if (!shared) return readDatatype(body);
  const at = sharedAt(body);
  const message = (await headers.at(at)).find(({ type }) => type === DATATYPE);
  if (message === undefined || message.shared) {
    throw broken('datatype', 'a shared datatype is none', at);
  }
  return readDatatype(message.body);
}

/** Where a shared message lies. */
function sharedAt(body: Fields): number {
  const version = body.u8();
  const kind = body.u8();
  if (version < 1 || version > 3 || (version === 3 && kind === IN_HEAP)) {
    throw unread('shared', 'has a message in a heap of shared ones', body.start);
  }
  if (version === 1) body.skip(6);
  const at = body.address();
  if (at === undefined) throw body.broken('shared', 'a shared message lies nowhere');
  return at;
}

/** Reads an attribute message, versions 1 to 3. */
export async function readAttribute(fields: Fields, headers: ObjectHeaders): Promise<Attribute> {
  const version = fields.u8();
  if (version < 1 || version > 3) {
    throw unread('version', `has an attribute of version ${version}`, fields.start);
  }
  const flags = fields.u8();
  const [nameBytes, typeBytes, shapeBytes] = [fields.u16(), fields.u16(), fields.u16()];
  if (version === 3) fields.skip(1);
  const padded = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const name = fields.part(padded(nameBytes)).terminated();
  const typeBody = fields.part(padded(typeBytes));
  const shapeBody = fields.part(padded(shapeBytes));
  if (version > 1 && (flags & 2) !== 0) throw unread('shared', 'has a shared dataspace');
  const type = await typeOf({ body: typeBody, shared: version > 1 && (flags & 1) !== 0 }, headers);
  const shape = readShape(shapeBody);
  return { name, type, shape, data: fields.part(elementsOf(shape) * type.size) };
}

/** Attributes beyond what an object header holds, by an attribute info message. */
export async function denseAttributes(
  file: Hdf5File,
  body: Fields,
  headers: ObjectHeaders,
): Promise<Attribute[]> {
  const { heap, byName, byOrder } = readDense(body, 2);
  if (heap === undefined) return [];
  const objects = await FractalHeap.of(file, heap);
  if (byOrder !== undefined) await recordsOf(file, byOrder, [BY_ORDER]);
  const records = byName === undefined ? [] : await recordsOf(file, byName, [BY_NAME]);
  const attributes: Attribute[] = [];
  for (const record of records) {
    const id = record.part(8);
    if ((record.u8() & 2) !== 0)
      throw unread('shared', 'has an attribute in a heap of shared ones');
    attributes.push(await readAttribute(objects.object(id), headers));
  }
  return attributes;
}
