const SCALE = 2 ** 128;

/** A square matrix, row by row, times 2^(128 × power). */
interface Scaled {
  readonly cells: Float64Array;
  readonly power: number;
}

/**
 * Kolmogorov's distribution function, exactly: Durbin's matrix (1968) raised to the n-th power as
 * Marsaglia, Tsang and Wang (2003) do. Time (2 n d)³ ln n, so for n d of some hundreds at the most.
 */
export function durbinCdf(n: number, d: number): number {
  const k = Math.ceil(n * d);
  const size = 2 * k - 1;
  const middle = (k - 1) * size + k - 1;
  let raised = identity(size);
  let base: Scaled = { cells: durbinMatrix(k, k - n * d), power: 0 };
  for (let exponent = n; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) raised = rescaled(times(raised, base, size), middle);
    base = rescaled(times(base, base, size), middle);
  }
  // n! / n^n, factor by factor.
  let { power } = raised;
  let p = raised.cells[middle] as number;
  for (let i = 1; i <= n; i++) {
    p *= i / n;
    if (p < 1 / SCALE) {
      p *= SCALE;
      power--;
    }
  }
  return p * SCALE ** power;
}

function durbinMatrix(k: number, h: number): Float64Array {
  const size = 2 * k - 1;
  const inverseFactorials = new Float64Array(size + 1).fill(1);
  for (let i = 1; i <= size; i++) {
    inverseFactorials[i] = (inverseFactorials[i - 1] as number) / i;
  }
  const cells = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      cells[row * size + column] = inverseFactorials[row - column + 1] as number;
    }
  }
  for (let i = 0; i < size - 1; i++) {
    const edge = (1 - h ** (i + 1)) * (inverseFactorials[i + 1] as number);
    cells[i * size] = edge;
    cells[(size - 1) * size + size - 1 - i] = edge;
  }
  const corner = 1 - 2 * h ** size + Math.max(0, 2 * h - 1) ** size;
  cells[(size - 1) * size] = corner * (inverseFactorials[size] as number);
  return cells;
}

function identity(size: number): Scaled {
  const cells = new Float64Array(size * size);
  for (let i = 0; i < size; i++) cells[i * size + i] = 1;
  return { cells, power: 0 };
}

function times(one: Scaled, other: Scaled, size: number): Scaled {
  const cells = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = one.cells[row * size + inner] as number;
      if (factor === 0) continue;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        cells[at] = (cells[at] as number) + factor * (other.cells[inner * size + column] as number);
      }
    }
  }
  return { cells, power: one.power + other.power };
}

function rescaled({ cells, power }: Scaled, middle: number): Scaled {
  if ((cells[middle] as number) <= SCALE) return { cells, power };
  return { cells: cells.map((cell) => cell / SCALE), power: power + 1 };
}
