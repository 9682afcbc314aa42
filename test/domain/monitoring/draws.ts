/** How many of `count` come true. */
export function binomialDraw(count: number, p: number, random: () => number): number {
  let hits = 0;
  for (let i = 0; i < count; i++) if (random() < p) hits++;
  return hits;
}
