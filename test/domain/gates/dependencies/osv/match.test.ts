import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Advisory, Step } from '#domain/gates/dependencies/osv/advisory.ts';
import * as matching from '#domain/gates/dependencies/osv/match.ts';
import { compareKeys, orderKey } from '#domain/gates/dependencies/versions.ts';
import { truth } from '../fixture.ts';

const advisory = (steps: Step[] | undefined, more: Partial<Advisory> = {}): Advisory => ({
  id: 'A',
  aliases: [],
  summary: '',
  ranges: steps ? [steps] : [],
  versions: [],
  ...more,
});
const { ask, groupByAlias, readAdvisory } = matching;
const affects = (given: Advisory, version: string) =>
  matching.affects(readAdvisory(given), ask(version));
const fixedVersion = (given: readonly Advisory[], version: string) =>
  matching.fixedVersion(given.map(readAdvisory), ask(version));
const compareVersions = (a: string, b: string) => compareKeys(orderKey(a) ?? [], orderKey(b) ?? []);

const before2: Step[] = [
  ['i', '0'],
  ['f', '2.0'],
];

describe('affects', () => {
  it.each([
    ['1.9.9', 'yes'],
    ['2.0rc1', 'yes'],
    ['2.0.dev1', 'yes'],
    ['2.0', 'no'],
    ['2.0.0', 'no'],
    ['2.0.post1', 'no'],
    ['1!0.1', 'no'],
    ['0.0.dev0', 'yes'],
    ['1.9.9+cu121', 'yes'],
    ['2.0+cu121', 'no'],
    ['latest', 'unknown'],
  ])('says of %s, mended in 2.0: %s', (version, answer) => {
    expect(affects(advisory(before2), version)).toBe(answer);
  });

  it('takes the last affected release as affected', () => {
    const range = advisory([
      ['i', '1.0'],
      ['l', '1.5'],
    ]);
    expect(['0.9', '1.0', '1.5', '1.5.post1'].map((version) => affects(range, version))).toEqual([
      'no',
      'yes',
      'yes',
      'no',
    ]);
  });

  it('reads events in the order of versions, not of the record', () => {
    const range = advisory([
      ['f', '2.1'],
      ['i', '2.0'],
      ['f', '1.4.2'],
      ['i', '1.0'],
    ]);
    expect(
      ['1.4.1', '1.4.2', '1.9', '2.0', '2.1'].map((version) => affects(range, version)),
    ).toEqual(['yes', 'no', 'no', 'yes', 'no']);
  });

  it('takes a vulnerability that comes back at the version that mended it for back', () => {
    const range = advisory([
      ['i', '1.0'],
      ['i', '2.0'],
      ['f', '2.0'],
    ]);
    expect(affects(range, '2.0')).toBe('yes');
  });

  it('finds a listed version however it is written', () => {
    const listed = advisory(undefined, { versions: ['1.0', 'weird'] });
    expect(
      ['1.0.0', 'v1.0', '1.0+local', 'weird', '1.1', 'odd'].map((v) => affects(listed, v)),
    ).toEqual(['yes', 'yes', 'yes', 'yes', 'no', 'unknown']);
  });

  it('stops at a limit', () => {
    const range = advisory([
      ['i', '0'],
      ['m', '2.0'],
    ]);
    expect([affects(range, '1.0'), affects(range, '2.0')]).toEqual(['yes', 'no']);
    expect(
      affects(
        advisory([
          ['i', '0'],
          ['m', '*'],
        ]),
        '9',
      ),
    ).toBe('yes');
  });

  it.each([
    ['a record without versions', advisory(undefined)],
    [
      'a bound that is no version',
      advisory([
        ['i', '0'],
        ['f', 'newest'],
      ]),
    ],
    ['a range that begins nowhere', advisory([['f', '2.0']])],
    ['a record that cannot be read', advisory(before2, { unreadable: true })],
  ])('cannot tell by %s', (_, given) => {
    expect(affects(given, '1.0')).toBe('unknown');
  });

  it('answers alike for every version between the same two events', () => {
    const all = truth.versions.ordered.map((group) => group[0] ?? '');
    // "0" means before all versions: to end a range there is to say nothing, and is not believed.
    const step = fc.record({
      kind: fc.constantFrom('i', 'f', 'l'),
      bound: fc.constantFrom(...all.filter((bound) => bound !== '0')),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), fc.constantFrom(...all), (steps, version) => {
        const range: Step[] = [['i', '0'], ...steps.map(({ kind, bound }): Step => [kind, bound])];
        // The plain reading of the schema: the last event at or below the version decides.
        let expected = 'yes';
        for (const [kind, bound] of range.slice(1).sort(order)) {
          const past = compareVersions(version, bound);
          if (kind === 'i' ? past >= 0 : kind === 'f' ? past >= 0 : past > 0) {
            expected = kind === 'i' ? 'yes' : 'no';
          }
        }
        expect(affects(advisory(range), version)).toBe(expected);
      }),
    );
  });

  it('never calls fewer versions affected when a record lists more', () => {
    const all = truth.versions.ordered.map((group) => group[0] ?? '');
    const versions = fc.array(fc.constantFrom(...all), { maxLength: 5 });
    const bounds = fc.tuple(fc.constantFrom(...all), fc.constantFrom(...all));
    fc.assert(
      fc.property(
        versions,
        versions,
        bounds,
        fc.constantFrom(...all),
        (some, more, [i, f], version) => {
          const range: Step[] = [
            ['i', i],
            ['f', f],
          ];
          const less = affects(advisory(range, { versions: some }), version);
          const wider = { versions: [...some, ...more], ranges: [range, before2] };
          if (less === 'yes') expect(affects(advisory(undefined, wider), version)).toBe('yes');
          else expect(['no', 'yes']).toContain(affects(advisory(undefined, wider), version));
        },
      ),
    );
  });
});

const order = ([a, one]: Step, [b, other]: Step) =>
  compareVersions(one, other) || Number(a === 'i') - Number(b === 'i');

describe('groupByAlias', () => {
  const named = (id: string, ...aliases: string[]) => advisory(before2, { id, aliases });

  it('joins records that share a name through others, whatever their order', () => {
    const records = [
      named('PYSEC-1', 'CVE-1'),
      named('GHSA-2'),
      named('GHSA-1', 'CVE-9'),
      named('OSV-1', 'CVE-1', 'CVE-9'),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: 4 }), (shuffled) => {
        expect(groupByAlias(shuffled).map(({ id, aliases }) => [id, aliases])).toEqual([
          ['CVE-1', ['CVE-9', 'GHSA-1', 'PYSEC-1', 'OSV-1']],
          ['GHSA-2', []],
        ]);
      }),
    );
  });

  it('keeps every record', () => {
    const records = [named('A', 'X'), named('B', 'X'), named('C')];
    expect(groupByAlias(records).flatMap(({ advisories }) => advisories)).toHaveLength(3);
  });
});

describe('fixedVersion', () => {
  const upTo = (fixed: string) =>
    advisory([
      ['i', '0'],
      ['f', fixed],
    ]);

  it('is the lowest release above that no advisory is about', () => {
    expect(fixedVersion([upTo('2.0'), upTo('1.5'), upTo('1.10')], '1.0')).toBe('2.0');
  });

  it('skips a release that brings another vulnerability', () => {
    const again = advisory([
      ['i', '2.0'],
      ['f', '2.2'],
    ]);
    expect(fixedVersion([upTo('2.0'), again], '1.0')).toBe('2.2');
  });

  it('is none when nothing mends it, or when the version is unknown', () => {
    expect(
      fixedVersion(
        [
          advisory([
            ['i', '0'],
            ['l', '3.0'],
          ]),
        ],
        '1.0',
      ),
    ).toBeUndefined();
    expect(fixedVersion([upTo('2.0')], 'latest')).toBeUndefined();
  });

  it('is never affected and never below, for any ranges', () => {
    const all = truth.versions.ordered.map((group) => group[0]?.trim() ?? '');
    const range = fc.tuple(fc.constantFrom(...all), fc.constantFrom(...all));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 4 }), fc.constantFrom(...all), (ranges, version) => {
        const list = ranges.map(([i, f]) =>
          advisory([
            ['i', i],
            ['f', f],
          ]),
        );
        const fixed = fixedVersion(list, version);
        if (fixed === undefined) return;
        expect(compareVersions(fixed, version)).toBe(1);
        for (const each of list) expect(affects(each, fixed)).toBe('no');
      }),
    );
  });
});
