import { type Problem, readBy } from '#domain/registry/problem.ts';
import { DatasetContract } from './contract.ts';

export type ContractResult =
  | { readonly ok: true; readonly contract: DatasetContract }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a contract strictly, with every problem in one pass; `file` is its name in the messages. */
export function parseContract(text: string, file: string): ContractResult {
  const remedy = `correct ${file}`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const got = error instanceof Error ? error.message : 'unreadable text';
    return { ok: false, problems: [{ field: file, got, expected: 'a JSON document', remedy }] };
  }
  const parsed = readBy(DatasetContract, json, remedy);
  return parsed.ok ? { ok: true, contract: parsed.value } : parsed;
}
