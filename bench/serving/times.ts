/** Milliseconds that calls took, and what a table says of them. */
export class Times {
  readonly #ms: number[] = [];

  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** The smallest that so large a share of the calls did not exceed. */
  quantile(share: number): number {
    const sorted = Float64Array.from(this.#ms).sort();
    return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  }

  get median(): number {
    return this.quantile(0.5);
  }
}

export async function elapsedMs(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** A heading whose first column is text and whose others are numbers. */
export function heading(...cells: readonly string[]): string {
  return `${row(...cells)}\n${row('---', ...cells.slice(1).map(() => '---:'))}`;
}

export const microseconds = (ms: number): string => (ms * 1000).toFixed(1);
