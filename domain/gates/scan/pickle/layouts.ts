import type { Layout } from './judge.ts';
import type { TorchStorage } from './report.ts';
import { type Global, isEntity, type Value } from './value.ts';

/** A pickle by itself. */
export const PLAIN: Layout = {
  persistentId: () => 'only PyTorch files have such references; save the whole model into one file',
};

/** A pickle whose tensors keep their data beside it, in a PyTorch file. */
export const TORCH_LAYOUT: Layout = { persistentId: storageOf };

/** A PyTorch file of before 1.6, which keeps the source of its modules' classes to compare it. */
export const TORCH_LEGACY_LAYOUT: Layout = {
  persistentId: (id) => moduleOf(id) ?? storageOf(id),
};

/**
 * The class in `('module', class, file, source)`; PyTorch warns when the source has changed, and
 * does not run it.
 */
function moduleOf(id: Value): Global | undefined {
  if (!isEntity(id) || id.kind !== 'tuple' || id.count !== 4 || id.items[0] !== 'module') {
    return undefined;
  }
  const [, type, ...texts] = id.items;
  if (!isEntity(type) || type.kind !== 'global' || type.entry?.make !== true) return undefined;
  const isText = (value: Value) =>
    value === null || typeof value === 'string' || (isEntity(value) && value.kind === 'payload');
  return texts.every(isText) ? type : undefined;
}

/** Bytes of one element, by class of `torch`. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BFloat16Storage: 2,
  BoolStorage: 1,
  ByteStorage: 1,
  CharStorage: 1,
  ComplexDoubleStorage: 16,
  ComplexFloatStorage: 8,
  DoubleStorage: 8,
  FloatStorage: 4,
  HalfStorage: 2,
  IntStorage: 4,
  LongStorage: 8,
  QInt32Storage: 4,
  QInt8Storage: 1,
  QUInt2x4Storage: 1,
  QUInt4x2Storage: 1,
  QUInt8Storage: 1,
  ShortStorage: 2,
  UntypedStorage: 1,
};

const KEY = /^[A-Za-z0-9_-]{1,64}$/;
const WRONG = 'it is no storage as PyTorch writes it';

/** `('storage', torch.FloatStorage, key, location, elements)`, in old files with a view after it. */
function storageOf(id: Value): TorchStorage | string {
  if (!isEntity(id) || id.kind !== 'tuple' || id.count < 5 || id.count > 6) return WRONG;
  const [tag, type, key, location, elements] = id.items;
  if (tag !== 'storage' || typeof key !== 'string' || typeof location !== 'string') return WRONG;
  if (!KEY.test(key)) return 'its key is no plain name';
  if (typeof elements !== 'number' || elements < 0) return WRONG;
  if (!isEntity(type) || type.kind !== 'global' || !/^torch(\.storage)?$/.test(type.module)) {
    return WRONG;
  }
  const elementBytes = Object.hasOwn(ELEMENT_BYTES, type.name)
    ? ELEMENT_BYTES[type.name]
    : undefined;
  if (elementBytes === undefined) return WRONG;
  return { key, bytes: elements * elementBytes, elementBytes };
}
