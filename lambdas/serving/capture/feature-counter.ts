import type { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import {
  binsOf,
  type FeatureBins,
  type FeatureCounts,
  noCounts,
} from '#domain/monitoring/statistics/bins.ts';
import type { InputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { CategoryColumn } from './category-column.ts';
import { NumericColumn } from './numeric-column.ts';
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

/** Counts the features of rows. */
export class FeatureCounter {
  /** In the order of the profile. */
  readonly counts: readonly FeatureCounts[];
  readonly #inputs = new Map<string, Columns>();

  constructor(placed: readonly Placed[]) {
    this.counts = placed.map(({ bins }) => noCounts(bins));
    placed.forEach(({ input, offset, bins }, i) => {
      const counts = this.counts[i] as FeatureCounts;
      const columns = this.#columnsOf(input);
      if (bins.kind === 'categorical') {
        columns.categories.push(new CategoryColumn(offset, input.datatype, bins, counts));
      } else columns.numeric.push(new NumericColumn(offset, bins, counts));
    });
  }

  /** Whether the rows could be counted: each input has a value of each of its features. */
  count(inputs: readonly Tensor[], rows: number): boolean {
    let known = false;
    for (const { name, data } of inputs) {
      const columns = this.#inputs.get(name);
      if (!columns) continue;
      if (data.length !== rows * columns.width) return false;
      known = true;
    }
    for (const tensor of inputs) {
      const columns = this.#inputs.get(tensor.name);
      if (columns) countInput(columns, tensor, rows);
    }
    return known;
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

function countInput({ width, numeric, categories }: Columns, tensor: Tensor, rows: number): void {
  const numbers = numeric.length > 0 || tensor.datatype === 'FP16' ? numbersOf(tensor) : undefined;
  const cells = tensor.datatype === 'FP16' && numbers ? numbers : tensor.data;
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    if (numbers) {
      for (const column of numeric) column.count(numbers[start + column.offset] as number);
    }
    for (const column of categories) {
      column.count(cells[start + column.offset] as number | bigint | string);
    }
  }
}
