import { readFile, stat } from 'node:fs/promises';
import type { DatasetContract } from '#domain/gates/dataset/contract.ts';
import { draftContract } from '#domain/gates/dataset/draft-contract.ts';
import { judgeDataset } from '#domain/gates/dataset/judge.ts';
import { measureOverlap, type Overlap } from '#domain/gates/dataset/overlap.ts';
import { parseContract } from '#domain/gates/dataset/parse-contract.ts';
import { DEFAULT_DATASET_POLICY } from '#domain/gates/dataset/policy.ts';
import {
  type DatasetProfile,
  profileDataset,
  type RowHashes,
} from '#domain/gates/dataset/profile.ts';
import type { RowSource } from '#domain/gates/dataset/rows.ts';
import { surveyDataset } from '#domain/gates/dataset/survey.ts';
import type { Measured } from '#domain/gates/performance/measured.ts';
import { judgeColumns } from '#domain/gates/privacy/judge-columns.ts';
import { DEFAULT_PRIVACY_POLICY } from '#domain/gates/privacy/policy.ts';
import { type Check, type Verdict, worst } from '#domain/gates/verdict.ts';
import { localFile } from '#node/rows/data-file.ts';
import { openRows } from '#node/rows/open-rows.ts';
import { cannotRead, Failure } from './failure.ts';

export interface DataReport {
  readonly file: string;
  /** Its file, or `drafted` from the rows themselves. */
  readonly contract: string;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly profile?: DatasetProfile;
}

export interface ContractOptions {
  readonly label?: string;
  readonly task?: DatasetContract['label']['task'];
}

interface CheckOptions extends ContractOptions {
  readonly contract?: string;
  readonly test?: string;
}

/** One seed for all: the same rows give the same report. */
const SEED = 1;

/**
 * Judges a file as the dataset gate would under the default policy.
 * @throws Failure for a path that cannot be read, or a contract that is none.
 * @throws UnreadableRows for a file that breaks off its format before its first row.
 */
export async function checkData(
  file: string,
  options: CheckOptions,
  nowSeconds: number,
): Promise<DataReport> {
  const contract = options.contract
    ? await readContract(options.contract)
    : await draftFor(file, options);
  const source = await rowsOf(file);
  const { profiled, columns } = await surveyDataset(source, contract, { seed: SEED });
  const profile: Measured<DatasetProfile> = profiled.ok
    ? { ok: true, value: profiled.value.profile }
    : profiled;
  const overlap =
    options.test !== undefined && profiled.ok
      ? await overlapOf(options.test, contract, profiled.value.rowHashes)
      : 'none';
  const policy = DEFAULT_DATASET_POLICY;
  const checks = [
    ...judgeDataset({ contract, profile, overlap, policy, nowSeconds }),
    ...(profiled.ok ? judgeColumns(columns, DEFAULT_PRIVACY_POLICY) : []),
  ];
  return {
    file,
    contract: options.contract ?? 'drafted',
    verdict: worst(checks.map(({ verdict }) => verdict)),
    checks,
    ...(profile.ok && { profile: profile.value }),
  };
}

/** A contract that the file keeps; it was collected, for want of better, when it last changed. */
export async function draftFor(file: string, options: ContractOptions): Promise<DatasetContract> {
  const source = await rowsOf(file);
  const collected = (await stat(file)).mtime.toISOString().slice(0, 10);
  const drafted = await draftContract(source, { ...options, collected });
  if (drafted.ok) return drafted.contract;
  throw new Failure(`cannot draft a contract for ${file}; add --label or --contract`, {
    problems: drafted.problems,
  });
}

async function readContract(path: string): Promise<DatasetContract> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw missing(path, error);
  });
  const parsed = parseContract(text, path);
  if (parsed.ok) return parsed.contract;
  throw new Failure(`${path} is no assay.dataset/v1 contract`, { problems: parsed.problems });
}

async function overlapOf(
  path: string,
  contract: DatasetContract,
  train: RowHashes,
): Promise<Measured<Overlap>> {
  const test = await profileDataset(await rowsOf(path), contract, SEED);
  return test.ok ? measureOverlap(train, test.value.rowHashes) : test;
}

const rowsOf = async (path: string): Promise<RowSource> =>
  openRows(
    await localFile(path).catch((error: unknown) => {
      throw missing(path, error);
    }),
  );

const missing = (path: string, cause: unknown): Failure =>
  cannotRead(path, { expected: 'a file that can be read', remedy: 'correct the path' }, cause);
