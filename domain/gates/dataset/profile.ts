import type { Measured } from '#domain/gates/performance/measured.ts';
import { type ColumnProfile, ColumnScan, OffenceList, type Offences } from './column-scan.ts';
import { type DatasetContract, isFeature } from './contract.ts';
import { Hash64 } from './hash.ts';
import { HashCounts } from './hash-counts.ts';
import { type Leakage, measureLeakage } from './leakage.ts';
import { RowSample } from './row-sample.ts';
import { type RowSource, UnreadableRows } from './rows.ts';

/** What one pass over a data set found; plain JSON. */
export interface DatasetProfile {
  readonly rows: number;
  /** The declared columns that the file has, in the order of the contract. */
  readonly columns: readonly ColumnProfile[];
  readonly absent: readonly string[];
  readonly repeated: readonly string[];
  readonly undeclared: readonly string[];
  /** Rows with more or fewer cells than the header. */
  readonly ragged: Offences;
  /** Rows equal to an earlier one, identifiers aside; an estimate when not exact. */
  readonly duplicates: Offences & { readonly exact: boolean };
  /** Rows by class, the largest first; absent for a regression, or with too many to count. */
  readonly classes?: readonly { readonly label: string; readonly rows: number }[];
  /** Absent without a label or rows. */
  readonly leakage?: Leakage;
}

/** Hashes of the rows of one data set, which only compare with others of the same columns. */
export interface RowHashes {
  readonly seed: number;
  readonly columns: readonly string[];
  readonly counts: HashCounts;
}

export interface ProfiledDataset {
  readonly profile: DatasetProfile;
  readonly rowHashes: RowHashes;
}

/** How much is exact; beyond it, a part of the rows or values stands for all, whatever their order. */
export interface ProfileLimits {
  /** Distinct rows: 12 bytes in two to four slots each. */
  readonly rowHashes: number;
  /** Rows that leakage is measured on. */
  readonly sampleRows: number;
  /** Cells of those rows, 8 bytes each, which bounds the rows of wide data. */
  readonly sampleCells: number;
  /** Distinct values of a column. */
  readonly distinct: number;
}

export const PROFILE_LIMITS: ProfileLimits = {
  rowHashes: 4_000_000,
  sampleRows: 50_000,
  sampleCells: 4_000_000,
  distinct: 4096,
};

/**
 * Reads a data set once, in memory that does not grow with it. A stream that throws
 * `UnreadableRows` gives its reason instead of a profile.
 *
 * @param seed unsigned 32-bit: decides which rows and values stand for all beyond the limits
 */
export async function profileDataset(
  source: RowSource,
  contract: DatasetContract,
  seed: number,
  limits: ProfileLimits = PROFILE_LIMITS,
): Promise<Measured<ProfiledDataset>> {
  const scan = new DatasetScan(source.header, contract, seed, limits);
  try {
    for await (const batch of source.batches) for (const row of batch) scan.read(row);
  } catch (error) {
    if (!(error instanceof UnreadableRows)) throw error;
    return { ok: false, verdict: 'inconclusive', reason: error.message };
  }
  return { ok: true, value: scan.result() };
}

/** A declared column with its place in the file, and in the rows that leakage is measured on. */
interface Placed {
  readonly scan: ColumnScan;
  readonly at: number;
  readonly hashed: boolean;
  /** -1 for what is neither a feature nor the label. */
  readonly sampledAs: number;
}

class DatasetScan {
  readonly #header: readonly string[];
  readonly #contract: DatasetContract;
  readonly #seed: number;
  readonly #columns: readonly Placed[];
  readonly #hash: Hash64;
  readonly #counts: HashCounts;
  readonly #sample: RowSample;
  readonly #values: Float64Array;
  readonly #ragged = new OffenceList();
  readonly #repeats = new OffenceList();
  #rows = 0;

  constructor(
    header: readonly string[],
    contract: DatasetContract,
    seed: number,
    limits: ProfileLimits,
  ) {
    this.#header = header;
    this.#contract = contract;
    this.#seed = seed;
    const missingTexts = new Set(contract.missingValues);
    let sampled = 0;
    this.#columns = contract.columns
      .filter(({ name }) => header.includes(name))
      .map((column) => ({
        scan: new ColumnScan(column, { missingTexts, distinct: limits.distinct, seed }),
        at: header.indexOf(column.name),
        hashed: !contract.identifiers?.includes(column.name),
        sampledAs:
          column.name === contract.label.column || isFeature(contract, column) ? sampled++ : -1,
      }));
    this.#hash = new Hash64(seed);
    this.#counts = new HashCounts(limits.rowHashes);
    const rows = Math.min(limits.sampleRows, Math.floor(limits.sampleCells / Math.max(1, sampled)));
    this.#sample = new RowSample(sampled, rows);
    this.#values = new Float64Array(sampled);
  }

  read(cells: readonly string[]): void {
    const row = ++this.#rows;
    if (cells.length !== this.#header.length) this.#ragged.add(row);
    const hash = this.#hash;
    hash.start();
    for (const { scan, at, hashed, sampledAs } of this.#columns) {
      const value = scan.read(cells[at] ?? '', row, hashed ? hash : undefined);
      if (sampledAs >= 0) this.#values[sampledAs] = value;
    }
    hash.finish();
    if (this.#counts.add(hash.high, hash.low)) this.#repeats.add(row);
    this.#sample.add(this.#values, hash.high, hash.low);
  }

  result(): ProfiledDataset {
    const { columns, ignored = [], label } = this.#contract;
    const header = this.#header;
    const declared = columns.map(({ name }) => name);
    const known = new Set([...declared, ...ignored]);
    const { range, occurrences, distinct } = this.#counts;
    const classes = label.task === 'regression' ? undefined : this.#classes();
    const leakage = this.#leakage();
    return {
      profile: {
        rows: this.#rows,
        columns: this.#columns.map(({ scan }) => scan.profile()),
        absent: declared.filter((name) => !header.includes(name)),
        repeated: declared.filter((name) => header.indexOf(name) !== header.lastIndexOf(name)),
        undeclared: header.filter((name) => !known.has(name)),
        ragged: this.#ragged.offences,
        duplicates: {
          count: range.scaled(occurrences - distinct),
          rows: this.#repeats.offences.rows,
          exact: range.exact,
        },
        ...(classes ? { classes } : {}),
        ...(leakage ? { leakage } : {}),
      },
      rowHashes: {
        seed: this.#seed,
        columns: this.#columns
          .filter(({ hashed }) => hashed)
          .map(({ scan: { column } }) => `${column.name} (${column.type})`),
        counts: this.#counts,
      },
    };
  }

  #classes(): DatasetProfile['classes'] {
    const name = this.#contract.label.column;
    const label = this.#columns.find(({ scan }) => scan.column.name === name)?.scan;
    if (!label?.values.range.exact) return undefined;
    return label.ranked().map(({ value, rows }) => ({ label: value, rows }));
  }

  #leakage(): Leakage | undefined {
    const placed = this.#columns.filter(({ sampledAs }) => sampledAs >= 0);
    const isLabel = ({ scan: { column } }: Placed) => column.name === this.#contract.label.column;
    const label = placed.find(isLabel);
    if (!label || this.#rows === 0) return undefined;
    return measureLeakage({
      task: this.#contract.label.task,
      label: this.#sample.column(label.sampledAs),
      features: placed
        .filter((one) => !isLabel(one))
        .map(({ scan, sampledAs }) => ({
          column: scan.column,
          values: this.#sample.column(sampledAs),
        })),
      halves: this.#sample.halves(),
      sampled: !this.#sample.range.exact,
    });
  }
}
