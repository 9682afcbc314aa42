import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches } from '#domain/serving/routing/matches.ts';
import {
  type Attributes,
  MAX_DEPTH,
  MAX_NODES,
  misfits,
  Segment,
} from '#domain/serving/routing/segment.ts';

const DE: Segment = { op: 'eq', attribute: 'country', value: 'DE' };
const ADULT: Segment = { op: 'gte', attribute: 'age', value: 18 };
const types = { country: 'string', age: 'number', member: 'boolean' } as const;

describe('a segment', () => {
  it.each<[string, Segment, Attributes, boolean]>([
    ['eq, equal', DE, { country: 'DE' }, true],
    ['eq, other', DE, { country: 'FR' }, false],
    ['eq, another type', { op: 'eq', attribute: 'age', value: 5 }, { age: '5' }, false],
    ['in', { op: 'in', attribute: 'country', values: ['DE', 'FR'] }, { country: 'FR' }, true],
    ['not in', { op: 'in', attribute: 'country', values: ['DE'] }, { country: 'FR' }, false],
    ['prefix', { op: 'prefix', attribute: 'country', value: 'D' }, { country: 'DE' }, true],
    [
      'another prefix',
      { op: 'prefix', attribute: 'country', value: 'E' },
      { country: 'DE' },
      false,
    ],
    ['lt below', { op: 'lt', attribute: 'age', value: 18 }, { age: 17.9 }, true],
    ['lt at', { op: 'lt', attribute: 'age', value: 18 }, { age: 18 }, false],
    ['lte at', { op: 'lte', attribute: 'age', value: 18 }, { age: 18 }, true],
    ['lte above', { op: 'lte', attribute: 'age', value: 18 }, { age: 18.1 }, false],
    ['gt at', { op: 'gt', attribute: 'age', value: 18 }, { age: 18 }, false],
    ['gt above', { op: 'gt', attribute: 'age', value: 18 }, { age: 19 }, true],
    ['gte at', ADULT, { age: 18 }, true],
    ['gte below', ADULT, { age: 17 }, false],
    ['between, lower end', between(18, 30), { age: 18 }, true],
    ['between, upper end', between(18, 30), { age: 30 }, true],
    ['between, outside', between(18, 30), { age: 30.5 }, false],
    ['and', { op: 'and', of: [DE, ADULT] }, { country: 'DE', age: 20 }, true],
    ['and, one false', { op: 'and', of: [DE, ADULT] }, { country: 'DE', age: 2 }, false],
    ['or', { op: 'or', of: [DE, ADULT] }, { country: 'FR', age: 20 }, true],
    ['or, neither', { op: 'or', of: [DE, ADULT] }, { country: 'FR', age: 2 }, false],
    ['not', { op: 'not', of: DE }, { country: 'FR' }, true],
  ])('decides %s', (_, segment, attributes, expected) => {
    expect(matches(segment, attributes)).toBe(expected);
  });

  it('leaves out whoever lacks the attribute, of its negation too', () => {
    expect(matches(DE, {})).toBe(false);
    expect(matches({ op: 'not', of: DE }, {})).toBe(false);
    expect(matches({ op: 'not', of: { op: 'not', of: DE } }, {})).toBe(false);
  });

  it('lets what is known decide where it can', () => {
    expect(matches({ op: 'or', of: [DE, ADULT] }, { age: 20 })).toBe(true);
    expect(matches({ op: 'not', of: { op: 'and', of: [DE, ADULT] } }, { age: 2 })).toBe(true);
    expect(matches({ op: 'and', of: [DE, ADULT] }, { age: 20 })).toBe(false);
  });

  it('finds nothing in what objects inherit', () => {
    const inherited: Segment = {
      op: 'not',
      of: { op: 'eq', attribute: 'constructor', value: 'x' },
    };
    expect(matches(inherited, {})).toBe(false);
    expect(matches(DE, Object.create({ country: 'DE' }))).toBe(false);
  });

  const condition: fc.Arbitrary<Segment> = fc.oneof(
    fc.constantFrom('DE', 'FR', 'IT').map((value) => ({ op: 'eq', attribute: 'country', value })),
    fc.integer({ min: 0, max: 5 }).map((value) => ({ op: 'lt', attribute: 'age', value })),
    fc.boolean().map((value) => ({ op: 'eq', attribute: 'member', value })),
  ) as fc.Arbitrary<Segment>;
  const { segment } = fc.letrec<{ segment: Segment }>((tie) => ({
    segment: fc.oneof(
      { maxDepth: 4 },
      condition,
      fc.array(tie('segment'), { minLength: 1, maxLength: 3 }).map((of) => ({ op: 'and', of })),
      fc.array(tie('segment'), { minLength: 1, maxLength: 3 }).map((of) => ({ op: 'or', of })),
      tie('segment').map((of) => ({ op: 'not', of })),
    ) as fc.Arbitrary<Segment>,
  }));
  const whole = fc.record({
    country: fc.constantFrom('DE', 'FR', 'IT'),
    age: fc.integer({ min: 0, max: 5 }),
    member: fc.boolean(),
  });

  it('never takes back a membership when more becomes known', () => {
    fc.assert(
      fc.property(segment, whole, fc.subarray(Object.keys(types)), (tree, all, known) => {
        const part = Object.fromEntries(
          Object.entries(all).filter(([name]) => known.includes(name)),
        );
        if (matches(tree, part)) expect(matches(tree, all)).toBe(true);
        if (matches({ op: 'not', of: tree }, part)) expect(matches(tree, all)).toBe(false);
      }),
    );
  });

  it('obeys De Morgan, whatever is known', () => {
    fc.assert(
      fc.property(segment, segment, fc.option(whole), (a, b, attributes) => {
        const known = attributes ?? {};
        const negated = (of: Segment): Segment => ({ op: 'not', of });
        expect(matches(negated({ op: 'and', of: [a, b] }), known)).toBe(
          matches({ op: 'or', of: [negated(a), negated(b)] }, known),
        );
      }),
    );
  });

  it('is one or the other where everything is known', () => {
    fc.assert(
      fc.property(segment, whole, (tree, all) => {
        expect(matches(tree, all)).toBe(!matches({ op: 'not', of: tree }, all));
      }),
    );
  });
});

describe('the form of a segment', () => {
  const nested = (depth: number): unknown =>
    depth === 1 ? DE : { op: 'not', of: nested(depth - 1) };
  const wide = (nodes: number): unknown => ({ op: 'or', of: Array(nodes - 1).fill(DE) });

  it(`is at most ${MAX_DEPTH} deep`, () => {
    expect(Segment.safeParse(nested(MAX_DEPTH)).success).toBe(true);
    expect(Segment.safeParse(nested(MAX_DEPTH + 1)).error?.issues[0]?.message).toMatch(/8 deep/);
  });

  it(`has at most ${MAX_NODES} conditions`, () => {
    expect(Segment.safeParse(wide(MAX_NODES)).success).toBe(true);
    expect(Segment.safeParse(wide(MAX_NODES + 1)).error?.issues[0]?.message).toMatch(/at most 64/);
  });

  it.each([
    ['an unknown operator', { op: 'matches', attribute: 'country', value: '.*' }],
    ['code', { op: 'eq', attribute: 'country', value: 'DE', run: 'process.exit()' }],
    ['nothing to choose from', { op: 'in', attribute: 'country', values: [] }],
    ['an empty prefix', { op: 'prefix', attribute: 'country', value: '' }],
    ['a range upside down', between(2, 1)],
    ['an empty and', { op: 'and', of: [] }],
    ['a name beyond the alphabet', { op: 'eq', attribute: '__proto__', value: 1 }],
    ['NaN', { op: 'lt', attribute: 'age', value: Number.NaN }],
  ])('has no place for %s', (_, segment) => {
    expect(Segment.safeParse(segment).success).toBe(false);
  });

  it('fits the declared attributes, or says where it does not', () => {
    const tree: Segment = {
      op: 'and',
      of: [DE, { op: 'not', of: { op: 'lt', attribute: 'country', value: 3 } }, ADULT],
    };
    expect(misfits({ op: 'and', of: [DE, ADULT] }, types)).toEqual([]);
    expect(misfits(tree, { country: 'string' })).toEqual([
      {
        path: ['of', 1, 'of'],
        error: 'a comparison with a string, which "country" is declared to be',
      },
      { path: ['of', 2, 'attribute'], error: 'a declared attribute (declared: country)' },
    ]);
  });

  it('chooses among values of one type', () => {
    const mixed: Segment = { op: 'in', attribute: 'country', values: ['DE', 1] };
    expect(misfits(mixed, types)).toHaveLength(1);
    expect(misfits({ op: 'eq', attribute: 'toString', value: 'x' }, types)).toHaveLength(1);
  });
});

function between(from: number, to: number): Segment {
  return { op: 'between', attribute: 'age', from, to };
}
