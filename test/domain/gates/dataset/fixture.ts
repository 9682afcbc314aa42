import { DatasetContract } from '#domain/gates/dataset/contract.ts';
import {
  PROFILE_LIMITS,
  type ProfiledDataset,
  type ProfileLimits,
  profileDataset,
} from '#domain/gates/dataset/profile.ts';
import type { RowSource } from '#domain/gates/dataset/rows.ts';

export type Row = readonly string[];

/** Rows in batches of a few, as a reader would hand them on. */
export const sourceOf = (header: Row, rows: readonly Row[], batch = 7): RowSource => ({
  header,
  batches: (async function* () {
    for (let at = 0; at < rows.length; at += batch) yield rows.slice(at, at + batch);
  })(),
});

/** A CSV without quotes. */
export function csvSource(text: string): RowSource {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  return sourceOf(
    header.split(','),
    lines.map((line) => line.split(',')),
  );
}

export async function profiled(
  source: RowSource,
  contract: DatasetContract,
  limits: Partial<ProfileLimits> = {},
  seed = 1,
): Promise<ProfiledDataset> {
  const measured = await profileDataset(source, contract, seed, { ...PROFILE_LIMITS, ...limits });
  if (!measured.ok) throw new Error(measured.reason);
  return measured.value;
}

/** Two columns and a label, said to be collected on one day. */
export const contractOf = (more: Record<string, unknown> = {}): DatasetContract =>
  DatasetContract.parse({
    schema: 'assay.dataset/v1',
    columns: [
      { name: 'load', type: 'number', nullable: true },
      { name: 'region', type: 'category', nullable: true },
      { name: 'failed', type: 'boolean', nullable: false },
    ],
    label: { column: 'failed', task: 'binary-classification' },
    collected: '2024-03-01',
    ...more,
  });

export const HEADER = ['load', 'region', 'failed'];

/** Noise in [0, 1) that is the same on every run: the low-bias 32-bit mixer of Chris Wellons. */
export function noise(n: number): number {
  const a = Math.imul(n ^ (n >>> 16), 0x21f0aaad);
  const b = Math.imul(a ^ (a >>> 15), 0xd35a2d97);
  return ((b ^ (b >>> 15)) >>> 0) / 2 ** 32;
}

/** Rows that break no rule: neither column tells the label. */
export const soundRows = (count: number): Row[] =>
  Array.from({ length: count }, (_, n) => [
    (noise(3 * n) * 100).toFixed(6),
    ['eu', 'us', 'ap'][Math.floor(noise(3 * n + 1) * 3)] as string,
    noise(3 * n + 2) < 0.3 ? 'true' : 'false',
  ]);
