import { describe, expect, it } from 'vitest';
import { PII_KINDS } from '#domain/gates/privacy/kinds.ts';
import { scanText } from '#domain/gates/privacy/scan-text.ts';
import { finds, IDENTIFIERS, PUBLISHED, recallByKind } from './corpus.ts';

describe.each(PUBLISHED)('$kind of $source', (group) => {
  const { kind, column, found, named = [], absent, unlike } = group;

  it('is found where the source finds it', () => {
    expect(found.filter((text) => !finds(kind, text))).toEqual([]);
  });

  it('is not found where the source finds none', () => {
    expect(absent.filter((text) => finds(kind, text))).toEqual([]);
  });

  it('is found by the name of its column, and only so, where the text alone proves nothing', () => {
    expect(named.filter((text) => !finds(kind, text, column) || finds(kind, text))).toEqual([]);
  });

  it('differs from the source exactly where the fixture says why', () => {
    expect(unlike?.strings.filter((text) => finds(kind, text)) ?? []).toEqual([]);
  });
});

it.each(IDENTIFIERS.groups)(
  'tells valid $kind ($column) from invalid as its library does',
  (group) => {
    const { kind, column, valid, invalid } = group;
    expect(valid.filter((text) => !finds(kind, text, column))).toEqual([]);
    expect(invalid.filter((text) => finds(kind, text, column))).toEqual([]);
  },
);

it('finds libphonenumber’s example numbers of the world but the shortest', () => {
  const { e164, international, national } = IDENTIFIERS.phones;
  expect(e164.filter((text) => !finds('phone', text))).toEqual(['+6907290']);
  expect(international.filter((text) => !finds('phone', text))).toEqual(['+690 7290']);
  expect(national.filter((text) => !finds('phone', text, 'phone'))).toEqual([]);
});

it('finds 98 % of every kind that the corpus has', () => {
  const recalls = recallByKind();
  const kinds = PII_KINDS.filter((kind) => kind !== 'person-name' && kind !== 'api-key');
  expect([...recalls.keys()].sort()).toEqual([...kinds].sort());
  for (const [kind, { found, of }] of recalls) {
    expect(found / of, kind).toBeGreaterThanOrEqual(0.98);
  }
});

it.each([
  `ghp_${'a1B2'.repeat(9)}`,
  `glpat-${'x7_Q'.repeat(5)}`,
  `AIza${'Sy0-x'.repeat(7)}`,
  `${'sk'}_live_${'4eC39H'.repeat(4)}`,
  `xoxb-${'1234567890-'.repeat(2)}abc`,
])('knows the prefix of an issuer’s token', (token) => {
  expect(scanText(`token=${token};`)).toEqual([
    { kind: 'api-key', start: 6, end: 6 + token.length },
  ]);
});

it('tells where, in order, and leaves out what a longer finding holds', () => {
  const text =
    'mail ann@example.org, pay DE89 3704 0044 0532 0130 00, see ftp://ann:x9y8z7@10.1.2.30';
  expect(scanText(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
    ['email', 'ann@example.org'],
    ['iban', 'DE89 3704 0044 0532 0130 00'],
    ['url-credentials', 'ftp://ann:x9y8z7@10.1.2.30'],
  ]);
});

it.each([
  ['customerSSN', '078051121', 'us-ssn'],
  ['Número de pasaporte', 'AAA123456', 'passport'],
  ['GEBURTSDATUM', '03.05.1975', 'date-of-birth'],
  ['patient_last_name', "O'Brien-Núñez", 'person-name'],
])('takes the column name %s as context', (name, text, kind) => {
  expect(scanText(text, name).map((each) => each.kind)).toEqual([kind]);
  expect(scanText(text)).toEqual([]);
});
