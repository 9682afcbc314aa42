import { unread } from './broken.ts';
import { type Fields, textIn } from './fields.ts';
import type { Hdf5File } from './file.ts';
import { FractalHeap } from './fractal-heap.ts';
import { recordsOf } from './tree2.ts';

/** How a group names what is in it, or elsewhere. */
export type Link =
  | { readonly kind: 'hard'; readonly name: string; readonly target: number }
  | { readonly kind: 'soft'; readonly name: string; readonly target: string }
  | {
      readonly kind: 'external';
      readonly name: string;
      readonly file: string;
      readonly target: string;
    }
  | { readonly kind: 'own'; readonly name: string; readonly type: number };

const HARD = 0;
const SOFT = 1;
const EXTERNAL = 64;
const BY_NAME = 5;
const BY_ORDER = 6;

/** Reads a link message, version 1. */
export function readLink(fields: Fields): Link {
  const version = fields.u8();
  if (version !== 1) throw unread('version', `has a link of version ${version}`, fields.start);
  const flags = fields.u8();
  const type = (flags & 0x08) === 0 ? HARD : fields.u8();
  fields.skip(((flags & 0x04) === 0 ? 0 : 8) + ((flags & 0x10) === 0 ? 0 : 1));
  const name = textIn(fields.take(fields.number(1 << (flags & 3))));
  if (type === HARD) {
    const target = fields.address();
    if (target === undefined) throw fields.broken('link', 'a link leads nowhere');
    return { kind: 'hard', name, target };
  }
  const value = fields.part(fields.u16());
  if (type === SOFT) return { kind: 'soft', name, target: textIn(value.bytes) };
  if (type !== EXTERNAL) return { kind: 'own', name, type };
  value.skip(1);
  return { kind: 'external', name, file: value.terminated(), target: value.terminated() };
}

/** Links beyond what an object header holds, by a link info message. */
export async function denseLinks(file: Hdf5File, body: Fields): Promise<Link[]> {
  const { heap, byName, byOrder } = readDense(body, 8);
  if (heap === undefined) return [];
  const objects = await FractalHeap.of(file, heap);
  if (byOrder !== undefined) await recordsOf(file, byOrder, [BY_ORDER]);
  const records = byName === undefined ? [] : await recordsOf(file, byName, [BY_NAME]);
  return records.map((record) => {
    record.skip(4);
    return readLink(objects.object(record));
  });
}

/** Where a heap keeps what an object header has no room for: links or attributes. */
export function readDense(
  body: Fields,
  orderBytes: number,
): { heap: number | undefined; byName: number | undefined; byOrder: number | undefined } {
  const version = body.u8();
  if (version !== 0) throw unread('version', `has a dense heap of version ${version}`, body.start);
  const flags = body.u8();
  if ((flags & 1) !== 0) body.skip(orderBytes);
  const heap = body.address();
  const byName = body.address();
  return { heap, byName, byOrder: (flags & 2) === 0 ? undefined : body.address() };
}
