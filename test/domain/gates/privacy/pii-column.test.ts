import { describe, expect, it } from 'vitest';
import { PiiColumn, scanTable } from '#domain/gates/privacy/pii-column.ts';
import { wilson } from '#domain/gates/privacy/wilson.ts';
import { IDENTIFIERS } from './corpus.ts';

const columnOf = (name: string, cells: readonly string[]): PiiColumn => {
  const column = new PiiColumn(name, 3);
  for (const cell of cells) column.add(cell);
  return column;
};
const validOf = (kind: string): readonly string[] =>
  IDENTIFIERS.groups.find((group) => group.kind === kind)?.valid ?? [];
const kindsOf = (column: PiiColumn): string[] => column.findings().map(({ kind }) => kind);

it.each(IDENTIFIERS.wilson)('bounds $hits of $of as scipy does', ({ hits, of, lower, upper }) => {
  expect(wilson(hits, of).lower).toBeCloseTo(lower, 12);
  expect(wilson(hits, of).upper).toBeCloseTo(upper, 12);
});

it('counts cells that hold a kind, empty ones apart', () => {
  const cells = ['ann@example.org', '', 'nothing', 'a@b.example or c@d.example', '  '];
  const [finding] = columnOf('note', cells).findings();
  expect(finding).toEqual({
    column: 'note',
    kind: 'email',
    hits: 2,
    cells: 3,
    share: 2 / 3,
    shareLower: wilson(2, 3).lower,
  });
});

describe('weak numbers', () => {
  it.each(['uk-nhs', 'de-tax-id', 'pl-pesel', 'in-aadhaar'])(
    'of kind %s are found without a name when nearly all pass the checksum',
    (kind) => {
      expect(kindsOf(columnOf('x17', validOf(kind)))).toEqual([kind]);
    },
  );

  it('prove nothing when few differ', () => {
    const [one = ''] = validOf('uk-nhs');
    expect(kindsOf(columnOf('x17', Array<string>(500).fill(one)))).toEqual([]);
  });

  it('prove nothing when most of the column fail the checksum', () => {
    const cards = IDENTIFIERS.groups[0];
    const mixed = [...(cards?.invalid ?? []), ...(cards?.valid.slice(0, 4) ?? [])];
    expect(kindsOf(columnOf('x17', mixed))).toEqual([]);
    expect(kindsOf(columnOf('card_number', mixed))).toEqual(['credit-card']);
  });

  it('count when pandas kept them as floats', () => {
    const floats = validOf('credit-card').map((each) => `${each}.0`);
    expect(kindsOf(columnOf('x17', floats))).toEqual(['credit-card']);
  });
});

it('keeps a single card in free text, for nothing else there speaks against it', () => {
  const cells = ['paid by 4111 1111 1111 1111 today', ...Array<string>(200).fill('paid in cash')];
  expect(columnOf('comment', cells).findings()[0]).toMatchObject({ kind: 'credit-card', hits: 1 });
});

it('finds what stands inside something longer that counts for nothing', () => {
  const cells = ['key AKIAIOSFODNN7EXAMPLE of 12 Oak', 'or 4111 1111 1111 1111'];
  expect(kindsOf(columnOf('comment', cells))).toEqual(['credit-card', 'aws-access-key']);
  expect(kindsOf(columnOf('address', cells))).toContain('aws-access-key');
});

it('finds people’s names only where the column says so', () => {
  const names = ['Ada Lovelace', 'Grace Hopper', 'Łukasz Żak'];
  expect(kindsOf(columnOf('full_name', names))).toEqual(['person-name']);
  expect(kindsOf(columnOf('product', names))).toEqual([]);
});

it('never tells a name that is personal itself, as of a file without a header', () => {
  const column = columnOf('ann@example.org', ['bob@example.org']);
  expect(column.findings()).toMatchObject([{ column: 'column 3', kind: 'email' }]);
});

it('looks at cells that stand beyond the header', () => {
  const columns = scanTable({ header: ['a'], rows: [['1'], ['2', '', 'ann@example.org']] });
  expect(columns.flatMap((column) => column.findings())).toMatchObject([
    { column: 'column 3', kind: 'email', hits: 1 },
  ]);
});

it('counts a cell each time that it repeats, however many others there are', () => {
  const others = Array.from({ length: 5000 }, (_, n) => `item ${n}`);
  const cells = ['ann@example.org', ...others, 'ann@example.org', 'ann@example.org'];
  for (const all of [cells, cells.filter((cell) => !others.includes(cell))]) {
    const column = columnOf('comment', all);
    expect(column.findings()).toMatchObject([{ kind: 'email', hits: 3, cells: all.length }]);
  }
});
