import { Failure } from './failure.ts';

export interface CompareOptions {
  /** Names with commas between them; all but the label unless given. */
  readonly columns?: string;
  readonly label?: string;
}

interface Headers {
  readonly reference: readonly string[];
  readonly current: readonly string[];
}

/**
 * The columns that both files have, the label among them where both have it.
 *
 * @throws Failure when a wanted column is not in both, or is in one of them more than once
 */
export function chosenColumns(
  paths: { readonly reference: string; readonly current: string },
  headers: Headers,
  { columns, label }: CompareOptions,
): { readonly all: readonly string[]; readonly notes: readonly string[] } {
  const isNamed = columns !== undefined;
  const wanted = isNamed
    ? named(columns)
    : [...new Set([...headers.reference, ...headers.current])].filter((name) => name !== label);
  const must = label === undefined ? wanted : [...wanted, label];
  const problems = [
    ...absent(must, headers.reference, paths.reference, isNamed),
    ...absent(wanted, headers.current, paths.current, isNamed),
    ...repeated(must, headers.reference, paths.reference),
    ...repeated(must, headers.current, paths.current),
  ];
  if (problems.length > 0 || wanted.length === 0) {
    throw new Failure('the files have no columns to compare one by one', {
      problems: wanted.length === 0 ? [NONE] : problems,
    });
  }
  if (label === undefined || headers.current.includes(label)) return { all: must, notes: [] };
  return { all: wanted, notes: [`${label} is not in ${paths.current}: labels are not compared`] };
}

const NONE = {
  field: '--columns',
  got: 'no column',
  expected: 'at least one beside the label',
  remedy: 'name columns that both files have',
};

const named = (columns: string): string[] =>
  [...new Set(columns.split(',').map((name) => name.trim()))].filter((name) => name !== '');

function absent(
  wanted: readonly string[],
  header: readonly string[],
  path: string,
  isNamed: boolean,
) {
  const missing = wanted.filter((name) => !header.includes(name));
  if (missing.length === 0) return [];
  return [
    {
      field: path,
      got: `no column ${listed(missing)}`,
      expected: isNamed ? `one of ${listed(header)}` : 'the columns of both files to be the same',
      remedy: isNamed ? 'correct --columns' : 'name the columns to compare with --columns',
    },
  ];
}

function repeated(wanted: readonly string[], header: readonly string[], path: string) {
  const twice = wanted.filter((name) => header.indexOf(name) !== header.lastIndexOf(name));
  if (twice.length === 0) return [];
  return [
    {
      field: path,
      got: `${listed(twice)} more than once`,
      expected: 'each column once',
      remedy: 'rename them in the file, or leave them out by --columns',
    },
  ];
}

const SHOWN = 20;

const listed = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') +
  (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');
