import type { Random } from './random.ts';

/** Poisson numbers of one mean by Walker's aliases (1977): one random number each. */
export class Poisson {
  readonly #least: number;
  readonly #chances: Float64Array;
  readonly #aliases: Uint32Array;

  constructor(mean: number) {
    // Beyond eight deviations lies less than rounding errs.
    const reach = 8 * Math.sqrt(mean) + 12;
    this.#least = Math.max(0, Math.floor(mean - reach));
    this.#chances = sharesFrom(this.#least, Math.ceil(mean + reach), mean);
    for (let i = 0; i < this.#chances.length; i++) {
      this.#chances[i] = (this.#chances[i] as number) * this.#chances.length;
    }
    this.#aliases = new Uint32Array(this.#chances.length);
    const [poor, rich] = [[] as number[], [] as number[]];
    this.#chances.forEach((chance, i) => {
      (chance < 1 ? poor : rich).push(i);
    });
    for (let i = poor.pop(); i !== undefined; i = poor.pop()) {
      const donor = rich.at(-1);
      if (donor === undefined) {
        this.#chances[i] = 1;
        continue;
      }
      this.#aliases[i] = donor;
      const left = (this.#chances[donor] ?? 0) - (1 - (this.#chances[i] ?? 0));
      this.#chances[donor] = left;
      if (left < 1) poor.push(rich.pop() ?? donor);
    }
    for (const i of rich) this.#chances[i] = 1;
  }

  draw(random: Random): number {
    const at = random() * this.#chances.length;
    const i = at | 0;
    const isOwn = at - i < (this.#chances[i] as number);
    return this.#least + (isOwn ? i : (this.#aliases[i] as number));
  }
}

/** Each from its neighbour, outwards from the mode. */
function sharesFrom(least: number, most: number, mean: number): Float64Array {
  const shares = new Float64Array(most - least + 1);
  const mode = Math.floor(mean) - least;
  shares[mode] = 1;
  let total = 1;
  for (let i = mode; i > 0; i--) {
    total += shares[i - 1] = ((shares[i] as number) * (least + i)) / mean;
  }
  for (let i = mode + 1; i < shares.length; i++) {
    total += shares[i] = ((shares[i - 1] as number) * mean) / (least + i);
  }
  for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] as number) / total;
  return shares;
}
