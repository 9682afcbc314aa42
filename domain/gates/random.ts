/** Tommy Ettinger's Mulberry32 in [0, 1): plenty for drawing samples, nothing for secrets. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal number (Box and Muller 1958, its first half). */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `count` of the numbers below `of`, each at most once, ascending: all when they are too few. */
export function drawn(of: number, count: number, random: () => number): readonly number[] {
  const pool = Array.from({ length: of }, (_, i) => i);
  if (count >= of) return pool;
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (of - i));
    [pool[i], pool[j]] = [pool[j] as number, pool[i] as number];
  }
  return pool.slice(0, count).sort((a, b) => a - b);
}
