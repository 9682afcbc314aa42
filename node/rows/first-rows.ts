import type { RowSource } from '#domain/gates/dataset/rows.ts';
import type { Table } from '#domain/gates/table.ts';

/** The first rows of a source, which is closed then. */
export async function firstRows({ header, batches }: RowSource, count: number): Promise<Table> {
  const rows: (readonly string[])[] = [];
  for await (const batch of batches) {
    rows.push(...batch.slice(0, count - rows.length));
    if (rows.length >= count) break;
  }
  return { header, rows };
}
