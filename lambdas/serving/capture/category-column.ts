import type { FeatureBins, FeatureCounts } from '#domain/monitoring/statistics/bins.ts';
import type { Datatype } from '#domain/registry/io-schema.ts';

type Cell = number | bigint | string;
type CategoricalBins = Extract<FeatureBins, { kind: 'categorical' }>;

/** Counts cells as `countCategory` counts their texts, without making a text of each. */
export class CategoryColumn {
  readonly offset: number;
  readonly #places: ReadonlyMap<Cell, number>;
  readonly #unnamed: number;
  readonly #counts: Float64Array;

  /** @param offset of its values in a row */
  constructor(
    offset: number,
    datatype: Datatype,
    { places, unnamed, known }: CategoricalBins,
    { counts }: FeatureCounts,
  ) {
    this.offset = offset;
    this.#places = new Map([
      ...[...places].flatMap(([text, place]): [Cell, number][] => {
        const cell = cellOf(text, datatype);
        return cell === undefined ? [] : [[cell, place]];
      }),
      [missingOf(datatype), known],
    ]);
    this.#unnamed = unnamed;
    this.#counts = counts;
  }

  count(cell: Cell): void {
    const place = this.#places.get(cell) ?? this.#unnamed;
    this.#counts[place] = (this.#counts[place] as number) + 1;
  }
}

/** The cell that reads as this text; undefined where none of the type does. */
function cellOf(text: string, datatype: Datatype): Cell | undefined {
  switch (datatype) {
    case 'BYTES':
      return text;
    case 'BOOL':
      return text === 'true' ? 1 : text === 'false' ? 0 : undefined;
    case 'INT64':
    case 'UINT64':
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
    default:
      return String(Number(text)) === text ? Number(text) : undefined;
  }
}

const missingOf = (datatype: Datatype): Cell => (datatype === 'BYTES' ? '' : Number.NaN);
