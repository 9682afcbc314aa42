import { announced, hasContext } from './context.ts';
import type { PiiKind } from './kinds.ts';
import type { Finding, Recogniser } from './recogniser.ts';
import { RECOGNISERS } from './recognisers.ts';
import { CHECKED, ENOUGH, saidByChecksum } from './repetition.ts';
import { isPlain, traitsOf } from './traits.ts';

/** Text that is written as a kind is; `passed` when its checksum and ranges hold too. */
export interface Candidate extends Finding {
  readonly recogniser: Recogniser;
  readonly passed: boolean;
}

/** Everything in a text that is written as some kind, in the recognisers' order. */
export function candidatesIn(text: string): Candidate[] {
  const traits = traitsOf(text);
  if (isPlain(text, traits)) return [];
  const found: Candidate[] = [];
  for (const recogniser of RECOGNISERS) {
    if (recogniser.possible(traits)) collect(text, recogniser, found);
  }
  return found;
}

function collect(text: string, recogniser: Recogniser, found: Candidate[]): void {
  const { pattern, kind, measure } = recogniser;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [matched] = match;
    const length = measure ? measure(matched) : matched.length;
    const end = match.index + (length || matched.length);
    found.push({ kind, start: match.index, end, recogniser, passed: length > 0 });
    pattern.lastIndex = end;
  }
}

/** Line breaks and tabs as JSON writes them are blanks: their letters would lengthen a word. */
export const unescaped = (text: string): string => text.replace(/\\[nrt]/g, '  ');

/**
 * What a text holds, by position; `name` is that of the column, field or metadata key it stands
 * in, which counts as words beside it. A finding inside a longer one is part of it.
 */
export function scanText(written: string, name = ''): Finding[] {
  const text = unescaped(written);
  const candidates = candidatesIn(text);
  if (candidates.length === 0) return [];
  const known = new Set([...announced(name), ...repeatedKinds(candidates, text)]);
  return effective(candidates, (each) => isTold(each, text) || known.has(each.kind)).map(
    ({ kind, start, end }) => ({ kind, start, end }),
  );
}

/** Kinds whose checksum nearly all of several values pass, as in a table that stands in a text. */
function repeatedKinds(candidates: readonly Candidate[], text: string): PiiKind[] {
  if (candidates.length < ENOUGH) return [];
  return [...CHECKED].filter((kind) => {
    const shaped = candidates.filter((each) => each.kind === kind);
    const passed = shaped.filter((each) => each.passed);
    const different = new Set(passed.map(({ start, end }) => text.slice(start, end)));
    return saidByChecksum(passed.length, shaped.length, different.size) === 'kind';
  });
}

/**
 * Candidates that pass and count, by position, without what stands inside a longer one. What does
 * not count hides nothing, nor does a match of the whole cell.
 */
export function effective(
  candidates: readonly Candidate[],
  counts: (candidate: Candidate) => boolean,
): Candidate[] {
  const counting = candidates.filter((each) => each.passed && counts(each));
  const whole = counting.filter(({ recogniser }) => recogniser.columnOnly);
  return [...outermost(counting.filter((each) => !whole.includes(each))), ...whole];
}

/** Whether a candidate counts without the name of a column. */
export const isTold = ({ recogniser, kind, start, end }: Candidate, text: string): boolean =>
  recogniser.evidence === 'alone' || (!recogniser.columnOnly && hasContext(text, kind, start, end));

/** By position, without what stands inside a longer one, and each place once a kind. */
function outermost<T extends Finding>(findings: readonly T[]): T[] {
  const kept: T[] = [];
  /** Ends of the longest so far: of all, and of those that are not where the last one is. */
  let [reach, before] = [-1, -1];
  let last: T | undefined;
  let kinds = new Set<PiiKind>();
  for (const each of [...findings].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (last?.start !== each.start || last.end !== each.end) {
      before = reach;
      kinds = new Set();
    }
    last = each;
    reach = Math.max(reach, each.end);
    if (before >= each.end || kinds.has(each.kind)) continue;
    kinds.add(each.kind);
    kept.push(each);
  }
  return kept;
}
