import { readFileSync } from 'node:fs';
import type { PiiKind } from '#domain/gates/privacy/kinds.ts';
import { scanText } from '#domain/gates/privacy/scan-text.ts';

/** Strings of other people's tests and standards, as facts. */
export interface Published {
  readonly kind: PiiKind;
  readonly source: string;
  /** Found by themselves. */
  readonly found: readonly string[];
  /** Found in a column of this name, and not by themselves. */
  readonly named?: readonly string[];
  readonly column?: string;
  /** Not of this kind. */
  readonly absent: readonly string[];
  /** What the source finds and Assay does not. */
  readonly unlike?: { readonly strings: readonly string[]; readonly why: string };
}

/** Numbers that another library calls valid or not; written by fixtures/make_identifiers.py. */
export interface Identifiers {
  readonly groups: readonly {
    readonly kind: PiiKind;
    readonly column: string;
    readonly valid: readonly string[];
    readonly invalid: readonly string[];
  }[];
  readonly phones: Readonly<Record<'e164' | 'international' | 'national', readonly string[]>>;
  readonly wilson: readonly {
    readonly hits: number;
    readonly of: number;
    readonly lower: number;
    readonly upper: number;
  }[];
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'));

export const PUBLISHED: readonly Published[] = read('published.json');
export const IDENTIFIERS: Identifiers = read('identifiers.json');

export const finds = (kind: PiiKind, text: string, column?: string): boolean =>
  scanText(text, column).some((each) => each.kind === kind);

/** How much of one kind's truth is found, and how much of what only looks like it. */
export interface Recall {
  of: number;
  /** Without and with the name of a column. */
  alone: number;
  found: number;
  lookalikes: number;
  mistaken: number;
}

/** Texts that are not found on purpose (`unlike`) are left out: they are no personal data. */
export function recallByKind(): ReadonlyMap<PiiKind, Recall> {
  const recalls = new Map<PiiKind, Recall>();
  const tally = (kind: PiiKind, column: string | undefined, texts: readonly string[]): void => {
    const recall = recalls.get(kind) ?? { of: 0, alone: 0, found: 0, lookalikes: 0, mistaken: 0 };
    recalls.set(kind, recall);
    recall.of += texts.length;
    recall.alone += texts.filter((text) => finds(kind, text)).length;
    recall.found += texts.filter((text) => finds(kind, text, column)).length;
  };
  const tallyAbsent = (
    kind: PiiKind,
    column: string | undefined,
    texts: readonly string[],
  ): void => {
    const recall = recalls.get(kind);
    if (!recall) return;
    recall.lookalikes += texts.length;
    recall.mistaken += texts.filter((text) => finds(kind, text, column)).length;
  };
  for (const { kind, column, found, named = [], absent } of PUBLISHED) {
    tally(kind, column, [...found, ...named]);
    tallyAbsent(kind, undefined, absent);
  }
  for (const { kind, column, valid, invalid } of IDENTIFIERS.groups) {
    tally(kind, column, valid);
    tallyAbsent(kind, column, invalid);
  }
  for (const numbers of Object.values(IDENTIFIERS.phones)) tally('phone', 'phone', numbers);
  return recalls;
}
