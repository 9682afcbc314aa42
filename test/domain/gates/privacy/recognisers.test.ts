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

describe('a number whose check one in ten to one in 26 passes by chance', () => {
  const CARDS = ['4242424242424242', '5105105105105100', '4000056655665556', '6011111111111117'];
  const MORE = ['5200828282828210', '2223003122003222'];

  it.each([
    ['order 4242424242424242 shipped', 'my card 4242424242424242 is lost', 'credit-card'],
    ['part 55555555K in stock', 'DNI: 55555555K', 'es-nif'],
    ['lot 2341 2341 2346', 'Aadhaar 2341 2341 2346', 'in-aadhaar'],
    ['batch 943-476-5870', 'NHS number 943-476-5870', 'uk-nhs'],
  ] as const)('counts with a word beside it: not %s, but %s', (without, with_, kind) => {
    expect(finds(kind, without)).toBe(false);
    expect(finds(kind, with_)).toBe(true);
  });

  it('counts alone where it is grouped as on a card', () => {
    expect(finds('credit-card', 'paid by 4242 4242 4242 4242')).toBe(true);
  });

  it('counts in a text that holds five different ones and hardly others', () => {
    expect(finds('credit-card', [...CARDS, CARDS[0]].join('\n'))).toBe(false);
    expect(finds('credit-card', [...CARDS, ...MORE].join('\n'))).toBe(true);
    const others = [1, 2, 3, 4, 5, 6].map((last) => `424242424242424${last + 2}`);
    expect(finds('credit-card', [...CARDS, ...MORE, ...others].join('\n'))).toBe(false);
  });
});

it.each(['Firefox/3.6.13.20', 'rv:1.9.3.20'])('takes %s for a version and no address', (text) => {
  expect(finds('ip-address', text)).toBe(false);
});

it('finds an address behind a scheme', () => {
  expect(finds('ip-address', 'http://10.20.30.40/x')).toBe(true);
});

it('reads a line break that JSON wrote as one', () => {
  const text = '\\nphone:\\n2125550123\\nMail:\\nann@example.org';
  expect(scanText(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
    ['phone', '2125550123'],
    ['email', 'ann@example.org'],
  ]);
});

it.each([
  ['01 23 45 67 89', true],
  ['(030) 901 8200', true],
  ['0800 123 4567', true],
  ['0-306-40615-2', false],
  ['01.12.2020 10:30', false],
  ['012-345-678', false],
  ['0012 0034 0056', false],
])('tells a national telephone number by its trunk prefix: %s is %s', (text, phone) => {
  expect(finds('phone', text)).toBe(phone);
});

it('takes a verb for words beside a number, and for no name of a column', () => {
  expect(finds('phone', 'please call 2125550123')).toBe(true);
  expect(finds('phone', '2125550123', 'call_id')).toBe(false);
});
