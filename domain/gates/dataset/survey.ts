import type { Measured } from '#domain/gates/performance/measured.ts';
import { PiiColumn } from '#domain/gates/privacy/pii-column.ts';
import type { DatasetContract } from './contract.ts';
import { type ProfiledDataset, profileDataset } from './profile.ts';
import { type RowSource, UnreadableRows } from './rows.ts';

/** What one pass over a data set found: by its contract, and in every column that it has. */
export interface Survey {
  readonly profiled: Measured<ProfiledDataset>;
  /** Each column of the file, with what is personal in it. */
  readonly columns: readonly PiiColumn[];
}

export interface SurveyOptions {
  /** Unsigned 32-bit: decides which rows stand for all where there are too many. */
  readonly seed: number;
  readonly outOfTime?: () => boolean;
}

/** Reads a data set once; what there is no time for makes it unread. */
export async function surveyDataset(
  source: RowSource,
  contract: DatasetContract,
  { seed, outOfTime = () => false }: SurveyOptions,
): Promise<Survey> {
  const columns = source.header.map((name, index) => new PiiColumn(name, index + 1));
  const batches = watched(source.batches, columns, outOfTime);
  const profiled = await profileDataset({ header: source.header, batches }, contract, seed);
  return { profiled, columns };
}

async function* watched(
  batches: RowSource['batches'],
  columns: readonly PiiColumn[],
  outOfTime: () => boolean,
): AsyncGenerator<readonly (readonly string[])[]> {
  let rows = 0;
  for await (const batch of batches) {
    if (outOfTime()) {
      throw new UnreadableRows(
        `there was time for ${rows} rows and no more; give a sample that is drawn at random`,
      );
    }
    for (const cells of batch) {
      for (let index = 0; index < columns.length; index++) columns[index]?.add(cells[index] ?? '');
    }
    rows += batch.length;
    yield batch;
  }
}
