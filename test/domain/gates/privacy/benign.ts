/** A seeded sequence of numbers in [0, 1): mulberry32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS =
  'the sensor reports higher load when several workers start together and queue depth grows before memory pressure falls again because retries back off slowly while traffic moves between regions after each release'.split(
    ' ',
  );
const PARTS = [
  'encoder',
  'decoder',
  'attention',
  'dense',
  'conv',
  'norm',
  'weight',
  'bias',
  'proj',
];
const HEX = '0123456789abcdef';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Columns of values that are nobody's, each as a table or an artifact's metadata hold them: by
 * name, `count` values each, the same for the same seed.
 */
export function benignColumns(count: number, seed: number): ReadonlyMap<string, string[]> {
  const random = numbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(from: ArrayLike<T>): T => from[below(from.length)] as T;
  const many = (length: number, from: ArrayLike<string>): string =>
    Array.from({ length }, () => pick(from)).join('');
  const digits = (length: number): string => String(1 + below(9)) + many(length - 1, '0123456789');
  const padded = (value: number, width = 2): string => String(value).padStart(width, '0');
  const date = (): string =>
    `${2015 + below(10)}-${padded(1 + below(12))}-${padded(1 + below(28))}`;
  const clock = (): string => `${padded(below(24))}:${padded(below(60))}:${padded(below(60))}`;
  const words = (length: number): string => Array.from({ length }, () => pick(WORDS)).join(' ');
  const gaussian = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(6.283 * random());

  const draws: Readonly<Record<string, () => string>> = {
    count: () => String(below(10_000)),
    score: () => String(random()),
    residual: () => String(gaussian() * 1e-3),
    embedding: () => Array.from({ length: 6 }, () => gaussian().toFixed(4)).join(' '),
    pixels: () => Array.from({ length: 24 }, () => below(256)).join(' '),
    label: () => String(below(10)),
    flag: () => pick(['true', 'false', '0', '1', 'yes', 'no']),
    unix_seconds: () => String(1_500_000_000 + below(250_000_000)),
    unix_millis: () => String(1_500_000_000_000 + below(2 ** 31) * 100),
    unix_micros: () => `${1_500_000_000 + below(250_000_000)}${digits(6)}`,
    unix_nanos: () => `${1_500_000_000 + below(250_000_000)}${digits(9)}`,
    created_at: () => `${date()}T${clock()}Z`,
    day: date,
    local_day: () => `${1 + below(12)}/${1 + below(28)}/${2015 + below(10)}`,
    order_id: () => digits(8),
    batch_9: () => digits(9),
    batch_10: () => digits(10),
    batch_11: () => digits(11),
    batch_12: () => digits(12),
    batch_13: () => digits(13),
    batch_14: () => digits(14),
    batch_15: () => digits(15),
    batch_16: () => digits(16),
    snowflake: () => digits(19),
    uuid: () =>
      `${many(8, HEX)}-${many(4, HEX)}-4${many(3, HEX)}-a${many(3, HEX)}-${many(12, HEX)}`,
    md5: () => many(32, HEX),
    sha1: () => many(40, HEX),
    sha256: () => many(64, HEX),
    base64: () => `${many(46, BASE64)}==`,
    nonce_40: () => many(40, BASE64),
    commit: () => many(7, HEX),
    version: () => `${below(20)}.${below(30)}.${below(100)}`,
    release: () => `v${below(4)}.${below(30)}.${below(30)}.${below(30)}`,
    object_id: () => `1.3.6.1.4.1.${below(50_000)}.${below(10)}`,
    position: () => `${(random() * 180 - 90).toFixed(6)}, ${(random() * 360 - 180).toFixed(6)}`,
    barcode: () => `4${digits(12)}`,
    isbn: () => `978-${below(9)}-${digits(3)}-${digits(5)}-${below(9)}`,
    sku: () => `${many(2, CAPITALS)}-${digits(4)}-${many(2, CAPITALS)}`,
    part: () => digits(7) + pick(CAPITALS),
    vehicle: () => many(17, 'ABCDEFGHJKLMNPRSTUVWXYZ0123456789'),
    flight: () => `${many(2, CAPITALS)}${digits(3)} ${many(3, CAPITALS)}-${many(3, CAPITALS)}`,
    zip_plus_4: () => `${digits(5)}-${digits(4)}`,
    amount: () => `${below(900) + 100},${digits(3)},${digits(3)}.${digits(2)}`,
    betrag: () => `${below(900) + 100} ${digits(3)} ${digits(3)},${digits(2)}`,
    dotted_amount: () => `${below(900) + 100}.${digits(3)}.${digits(3)}`,
    range: () => `${digits(3)}-${digits(3)}`,
    share: () => `${(random() * 100).toFixed(2)} %`,
    duration: () => `${clock()}.${digits(3)}`,
    text: () => `${words(12)}.`,
    note: () => `${words(4)} ${below(5000)} ${words(3)} ${(random() * 100).toFixed(1)} ${words(2)}`,
    log_line: () => `${date()} ${clock()} INFO worker-${below(99)} ${words(5)} in ${below(900)} ms`,
    tensor: () => `model.${pick(PARTS)}.${below(48)}.${pick(PARTS)}_${pick(PARTS)}.${pick(PARTS)}`,
    shape: () => `[${below(64) + 1}, ${below(512) + 1}, ${below(1024) + 1}]`,
    path: () =>
      `/opt/${pick(PARTS)}/${pick(WORDS)}_${digits(4)}/part-${padded(below(9999), 5)}.parquet`,
    link: () =>
      `https://${pick(WORDS)}.example.org/${pick(PARTS)}/${digits(5)}?page=${below(20)}#v${below(9)}`,
    code: () =>
      `def ${pick(PARTS)}(x): return x[${below(200)}::${2 + below(8)}] @ self.${pick(PARTS)}.T`,
    cpp: () => `std::${pick(PARTS)}::${pick(WORDS)}<${below(128)}>(0x${many(8, HEX)})`,
    decorator: () => `@${pick(PARTS)}.${pick(WORDS)} pkg@${below(9)}.${below(20)}.${below(9)}`,
    colour: () => `#${many(6, HEX)}`,
    pointer: () => `0x${many(12, HEX)}`,
    country: () => many(2, CAPITALS),
    matrix: () =>
      Array.from({ length: 4 }, () => `${digits(3)} ${digits(3)} ${digits(4)}`).join(' '),
  };
  return new Map(
    Object.entries(draws).map(([name, draw]) => [name, Array.from({ length: count }, draw)]),
  );
}
