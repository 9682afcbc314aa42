import fc from 'fast-check';

/** Positions are parts of a file, so that one change fits files of every length. */
const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const LARGEST_INPUT_BYTES = 1_000_000;

/** Numbers at which lengths, counts and offsets go wrong. */
const NUMBERS = [
  0n,
  1n,
  2n,
  4n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Words that end, nest, escape or inflate what texts hold. */
const WORDS = [
  '"',
  "'",
  '\\',
  '\n',
  '\r\n',
  '\r',
  '\0',
  '\t',
  ' ',
  ',',
  ':',
  ';',
  '#',
  '==',
  '@',
  '~',
  '\u2028',
  '\ufeff',
  '\\u0000',
  '\\ud800',
  '\\u0041',
  '\ud83d\ude00',
  '[]',
  '{}',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  'null',
  'true',
  'NaN',
  '-Infinity',
  '1e999',
  '-0',
  '0.1',
  '1e-400',
  '9'.repeat(400),
  '-',
  '"__proto__":',
  '"constructor":',
  '__proto__',
  'toString',
  '../../x',
  '/etc/passwd',
  '!!python/object',
  '&a [*a,*a]',
  '<<: *a',
  '%',
  '$',
  '\\',
  'a'.repeat(3000),
  '['.repeat(3000),
  '{"a":'.repeat(3000),
  '('.repeat(3000),
  '!'.repeat(3000),
  ' '.repeat(3000),
  '\n'.repeat(3000),
  ','.repeat(3000),
  '\u{10ffff}',
];

const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ is: fc.constant('flip'), at: part, bit: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('set'), at: part, byte: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('cut'), at: part }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('drop'), at: part, size: fc.nat(64) }) },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('repeat'), at: part, to: part, size: fc.nat(600) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('insert'),
      at: part,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('number'),
      at: part,
      width: fc.constantFrom(1, 2, 4, 8),
      big: fc.boolean(),
      value: fc.constantFrom(...NUMBERS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('add'),
      at: part,
      width: fc.constantFrom(1, 2, 4, 8),
      big: fc.boolean(),
      value: fc.constantFrom(-256n, -64n, -8n, -2n, -1n, 1n, 2n, 8n, 64n, 256n),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('splice'), at: part, other: part, from: part }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant('append'), other: part }),
  },
);
/** What repeats without end finds work that grows faster than its input. */
const flood = fc.record({
  is: fc.constant('flood'),
  at: part,
  size: fc.integer({ min: 1, max: 40 }),
  times: fc.integer({ min: 100, max: 30_000 }),
});
const wordFlood = fc.record({
  is: fc.constant('wordFlood'),
  at: part,
  word: fc.constantFrom(...WORDS.filter(({ length }) => length < 20)),
  times: fc.integer({ min: 1000, max: 100_000 }),
});
const word = fc.record({ is: fc.constant('word'), at: part, word: fc.constantFrom(...WORDS) });

type ValueOf<T> = T extends fc.Arbitrary<infer V> ? V : never;

export type Change =
  | ValueOf<typeof change>
  | ValueOf<typeof word>
  | ValueOf<typeof flood>
  | ValueOf<typeof wordFlood>;

const few = { minLength: 1, maxLength: 6 };
export const binaryChanges = fc.array(
  fc.oneof({ weight: 60, arbitrary: change }, { weight: 1, arbitrary: flood }),
  few,
);
export const textChanges = fc.array(
  fc.oneof(
    { weight: 60, arbitrary: word },
    { weight: 40, arbitrary: change },
    { weight: 1, arbitrary: flood },
    { weight: 2, arbitrary: wordFlood },
  ),
  few,
);

/** Applies changes in their order; `others` are files to take pieces of. */
export function changed(
  original: Uint8Array,
  changes: readonly Change[],
  others: readonly Uint8Array[],
): Uint8Array {
  let bytes = original.slice();
  for (const each of changes) bytes = apply(bytes, each, others).slice(0, LARGEST_INPUT_BYTES);
  return bytes;
}

function apply(bytes: Uint8Array, each: Change, others: readonly Uint8Array[]): Uint8Array {
  const at = 'at' in each ? Math.floor(each.at * (bytes.length + 1)) : 0;
  const other = 'other' in each ? others[Math.floor(each.other * others.length)] : undefined;
  switch (each.is) {
    case 'flip':
      bytes[at] = (bytes[at] ?? 0) ^ (1 << each.bit);
      return bytes;
    case 'set':
      bytes[at] = each.byte;
      return bytes;
    case 'cut':
      return bytes.subarray(0, at);
    case 'drop':
      return joined(bytes.subarray(0, at), bytes.subarray(at + each.size));
    case 'repeat': {
      const to = Math.floor(each.to * (bytes.length + 1));
      const piece = bytes.subarray(at, at + each.size);
      return joined(bytes.subarray(0, to), piece, bytes.subarray(to));
    }
    case 'insert':
      return joined(bytes.subarray(0, at), each.bytes, bytes.subarray(at));
    case 'number':
      return withNumber(bytes, at, each, () => each.value);
    case 'add':
      return withNumber(bytes, at, each, (before) => before + each.value);
    case 'splice': {
      const from = Math.floor(each.from * ((other?.length ?? 0) + 1));
      return joined(bytes.subarray(0, at), other?.subarray(from) ?? bytes);
    }
    case 'append':
      return joined(bytes, other ?? bytes);
    case 'flood': {
      const piece = bytes.subarray(at, at + each.size);
      const flooded = Array.from({ length: each.times }, () => piece);
      return joined(bytes.subarray(0, at), ...flooded, bytes.subarray(at));
    }
    case 'wordFlood': {
      const flooded = new TextEncoder().encode(each.word.repeat(each.times));
      return joined(bytes.subarray(0, at), flooded, bytes.subarray(at));
    }
    case 'word':
      return joined(bytes.subarray(0, at), new TextEncoder().encode(each.word), bytes.subarray(at));
  }
}

interface Width {
  readonly width: number;
  readonly big: boolean;
}

function withNumber(
  bytes: Uint8Array,
  at: number,
  { width, big }: Width,
  number: (before: bigint) => bigint,
): Uint8Array {
  if (at + width > bytes.length) return bytes;
  const places = Array.from({ length: width }, (_, index) =>
    big ? at + width - 1 - index : at + index,
  );
  let before = 0n;
  for (const [index, place] of places.entries()) {
    before |= BigInt(bytes[place] ?? 0) << BigInt(8 * index);
  }
  const value = BigInt.asUintN(8 * width, number(before));
  for (const [index, place] of places.entries()) {
    bytes[place] = Number((value >> BigInt(8 * index)) & 0xffn);
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}
