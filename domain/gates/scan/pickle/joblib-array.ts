import { type ByteSource, headOf, stretchOf } from '#domain/gates/scan/byte-source.ts';
import { itemsOf, layoutOfDtype } from './numpy-dtype.ts';
import { entry, type Instance, isEntity, type Value } from './value.ts';

const WRAPPERS = [
  'joblib.numpy_pickle NumpyArrayWrapper',
  'sklearn.externals.joblib.numpy_pickle NumpyArrayWrapper',
];

/** An array that joblib keeps in the stream, right behind the object that stands for it. */
export const wrapperIn = (built: Value | undefined): Instance | undefined =>
  isEntity(built) && built.kind === 'instance' && WRAPPERS.includes(built.type) ? built : undefined;

/** What follows a wrapper. */
export type Behind =
  | { readonly is: 'objects' }
  /** `start` is that of the items; `padded` when bytes that are no opcodes come before them. */
  | { readonly is: 'items'; readonly end: number; readonly padded: boolean }
  | { readonly is: 'flaw'; readonly problem: string };

const flaw = (problem: string): Behind => ({ is: 'flaw', problem });

/** Works out where the array behind a wrapper ends, as `NumpyArrayWrapper.read_array` reads it. */
export async function behind(
  wrapper: Instance,
  source: ByteSource,
  start: number,
): Promise<Behind> {
  const { state } = wrapper;
  if (!isEntity(state) || state.kind !== 'dict') return flaw('has no state');
  const subclass = entry(state, 'subclass');
  if (!isEntity(subclass) || subclass.kind !== 'global' || !/^numpy(\.|$)/.test(subclass.module)) {
    return flaw('is of no NumPy class');
  }
  const layout = layoutOfDtype(entry(state, 'dtype'));
  const items = itemsOf(entry(state, 'shape'));
  if (layout === undefined || items === undefined)
    return flaw('has a type or shape that is not known');
  if (layout.objects) return { is: 'objects' };
  const alignment = entry(state, 'numpy_array_alignment_bytes') ?? null;
  const padding = alignment === null ? 0 : await paddingAt(source, start, alignment);
  if (padding === undefined) return flaw('is not padded as joblib does');
  const end = start + padding + items * layout.bytes;
  if (end > source.size) return flaw('is longer than the file');
  return { is: 'items', end, padded: padding > 0 };
}

/** joblib's own is 16. */
const LARGEST_ALIGNMENT = 64;

/** The length byte with the bytes 0xff it counts; 1 to 16 are no opcodes, 99 would be one. */
async function paddingAt(
  source: ByteSource,
  start: number,
  alignment: Value,
): Promise<number | undefined> {
  if (typeof alignment !== 'number' || alignment < 1 || alignment > LARGEST_ALIGNMENT)
    return undefined;
  if (start >= source.size) return undefined;
  const bytes = await headOf(stretchOf(source, start, source.size - start), 1 + alignment);
  const [length = 0] = bytes;
  const regular = length <= alignment && length < 0x28 && bytes.length > length;
  return regular && bytes.subarray(1, 1 + length).every((byte) => byte === 0xff)
    ? 1 + length
    : undefined;
}
