import type { Feed, TensorData } from '#domain/gates/feed.ts';
import { toHalf } from '#domain/gates/half.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';
import type { Columns, Feature } from './features.ts';

/** Least and greatest finite value of each type; INT64 and UINT64 as far as doubles count whole. */
const LIMITS: Readonly<Partial<Record<Datatype, readonly [number, number]>>> = {
  FP16: [-65504, 65504],
  FP32: [-3.4028234663852886e38, 3.4028234663852886e38],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
};

/**
 * The feeds that carry these columns, as many rows as the columns have. Values are brought into
 * the range of their type, and rounded where it counts in whole numbers.
 */
export function encode(
  feeds: readonly Feed[],
  features: readonly Feature[],
  columns: Columns,
): readonly Feed[] {
  const rows = columns[0]?.length ?? 0;
  const encoded = feeds.map((feed) => ({ ...feed, data: emptyLike(feed.data, rows * feed.width) }));
  features.forEach((feature, at) => {
    const feed = encoded[feature.input];
    const values = columns[at];
    if (!feed || !values) throw new RangeError(`feature ${feature.name} has no place or no values`);
    const put = writer(feed, feature);
    for (let row = 0; row < rows; row++) {
      put(row * feed.width + feature.offset, values[row] as number);
    }
  });
  return encoded;
}

function writer({ data, datatype }: Feed, { texts }: Feature): (at: number, to: number) => void {
  if (Array.isArray(data)) {
    return (at, to) => {
      data[at] = texts?.[to] ?? '';
    };
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return (at, to) => {
      data[at] = BigInt(Math.round(within(datatype, to)));
    };
  }
  const form = datatype === 'FP16' ? toHalf : datatype.startsWith('FP') ? Number : Math.round;
  return (at, to) => {
    data[at] = form(within(datatype, to));
  };
}

function within(datatype: Datatype, value: number): number {
  const [least, greatest] = LIMITS[datatype] ?? [-Infinity, Infinity];
  return Math.min(Math.max(value, least), greatest);
}

function emptyLike(data: TensorData, length: number): TensorData {
  if (Array.isArray(data)) return new Array<string>(length).fill('');
  return new (data.constructor as Float64ArrayConstructor)(length);
}
