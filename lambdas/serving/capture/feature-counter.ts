import type { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import {
  binsOf,
  type FeatureBins,
  type FeatureCounts,
  noCounts,
} from '#domain/monitoring/statistics/bins.ts';
import type { PairBins } from '#domain/monitoring/statistics/pair-bins.ts';
import type { InputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { CategoryColumn } from './category-column.ts';
import { NumericColumn } from './numeric-column.ts';
import { PairColumn } from './pair-column.ts';
import { numbersOf } from './tensor-numbers.ts';

/** A feature of the profile, where it lies in the model's inputs. */
interface Placed {
  readonly input: InputSpec;
  readonly offset: number;
  readonly bins: FeatureBins;
}

/**
 * The features of a profile in these inputs, in the profile's order; undefined where it is of
 * other inputs. As `featureColumns` names them, and takes them for numbers or categories.
 */
export function placedFeatures(
  { features }: ReferenceProfile,
  inputs: readonly InputSpec[],
): readonly Placed[] | undefined {
  const placed = features.flatMap(({ name, input: inputName, distribution }): Placed[] => {
    const input = inputs.find((one) => one.name === inputName);
    const offset = input ? namesOf(input).indexOf(name) : -1;
    const fits = input && isCategorical(input) === (distribution.kind === 'categorical');
    return fits && offset >= 0 ? [{ input, offset, bins: binsOf(distribution) }] : [];
  });
  return placed.length === features.length ? placed : undefined;
}

export const namesOf = ({ name, features }: InputSpec): readonly string[] => features ?? [name];

const isCategorical = ({ datatype, domain }: InputSpec): boolean =>
  datatype === 'BYTES' || datatype === 'BOOL' || (domain !== undefined && 'values' in domain);

interface Columns {
  readonly width: number;
  readonly numeric: NumericColumn[];
  readonly categories: CategoryColumn[];
}

/** Counts the features of rows, and pairs of them. */
export class FeatureCounter {
  /** In the order of the profile. */
  readonly counts: readonly FeatureCounts[];
  readonly pairCounts: readonly FeatureCounts[];
  readonly #inputs = new Map<string, Columns>();
  readonly #pairs: readonly PairColumn[];

  constructor(placed: readonly Placed[], pairs: readonly PairBins[]) {
    this.counts = placed.map(({ bins }) => noCounts(bins));
    this.pairCounts = pairs.map(({ bins }) => noCounts(bins));
    const numeric = placed.map(({ input, offset, bins }, i) => {
      const counts = this.counts[i] as FeatureCounts;
      const columns = this.#columnsOf(input);
      if (bins.kind === 'categorical') {
        columns.categories.push(new CategoryColumn(offset, input.datatype, bins, counts));
        return undefined;
      }
      const column = new NumericColumn(offset, bins, counts);
      columns.numeric.push(column);
      return column;
    });
    this.#pairs = pairs.map((pair, i) => {
      const [first, second] = pair.of.map((at) => numeric[at]);
      if (!first || !second) throw new TypeError(`got a pair of ${pair.of}, not both numeric`);
      return new PairColumn([first, second], pair, this.pairCounts[i] as FeatureCounts);
    });
  }

  /** Whether the rows could be counted: each input has a value of each of its features. */
  count(inputs: readonly Tensor[], rows: number): boolean {
    const read: Cells[] = [];
    for (const tensor of inputs) {
      const columns = this.#inputs.get(tensor.name);
      if (!columns) continue;
      if (tensor.data.length !== rows * columns.width) return false;
      read.push(cellsOf(columns, tensor));
    }
    // A pair may be of two inputs, so that both must have come.
    const pairs = read.length === this.#inputs.size ? this.#pairs : [];
    for (let row = 0; row < rows; row++) {
      for (const cells of read) countRow(cells, row);
      for (const pair of pairs) pair.count();
    }
    return read.length > 0;
  }

  #columnsOf(input: InputSpec): Columns {
    const known = this.#inputs.get(input.name);
    if (known) return known;
    const width = namesOf(input).length;
    const columns = { width, numeric: [], categories: [] };
    this.#inputs.set(input.name, columns);
    return columns;
  }
}

interface Cells {
  readonly columns: Columns;
  readonly numbers: ArrayLike<number> | undefined;
  readonly cells: ArrayLike<number | bigint | string>;
}

function cellsOf(columns: Columns, tensor: Tensor): Cells {
  const isHalf = tensor.datatype === 'FP16';
  const numbers = columns.numeric.length > 0 || isHalf ? numbersOf(tensor) : undefined;
  return { columns, numbers, cells: isHalf && numbers ? numbers : tensor.data };
}

function countRow({ columns, numbers, cells }: Cells, row: number): void {
  const start = row * columns.width;
  if (numbers) {
    for (const column of columns.numeric) column.count(numbers[start + column.offset] as number);
  }
  for (const column of columns.categories) {
    column.count(cells[start + column.offset] as number | bigint | string);
  }
}
