import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeNumbers, NOTHING_SEEN, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { check } from '#domain/monitoring/check/check.ts';
import { countsSince } from '#domain/monitoring/check/served.ts';
import { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { reportHtml } from '#domain/monitoring/report/report-html.ts';
import { latestLabelled } from '#domain/monitoring/truth/labelled.ts';
import { sumsOfTallies } from '#domain/monitoring/truth/sums-of-tallies.ts';
import type { Truth } from '#domain/monitoring/truth/truth.ts';
import { addTallies, groupTallyOf, tallyOf } from '#domain/monitoring/truth/truth-tally.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { storyOf } from './reports.ts';
import { AT, HOUR, input, policy, profile, reference } from './watched-world.ts';

/** Of what every plain object has, and some that it has not. */
const anyName = fc.constantFrom(
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['yes', 'no', 'sex', 'rows', '__OTHER__'],
);
const anyTruth: fc.Arbitrary<Truth> = fc
  .record({
    ...{ truth: anyName, predicted: anyName, group: anyName },
    attribute: fc.constantFrom('__proto__', 'constructor', 'toString', 'sex'),
  })
  .map(({ truth, predicted, attribute, group }) => ({
    ...{ kind: 'classes', truth, predicted, probability: 0.7 },
    groups: Object.fromEntries([[attribute, group]]),
  }));

const asItIs = (label: string) => label;
const sumsOf = (truths: readonly Truth[]) =>
  sumsOfTallies(
    truths.map((truth) => tallyOf(truth, asItIs)).reduce(addTallies, {}),
    truths.flatMap((truth) =>
      Object.entries(truth.groups).map(([attribute, group]) => ({
        ...{ attribute, group },
        tally: groupTallyOf(truth, asItIs),
      })),
    ),
    profile().predictions,
  );
const countOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

it('labels and groups of any name are counted, judged and reported', () => {
  const hours = fc.array(fc.array(anyTruth, { minLength: 1, maxLength: 8 }), {
    ...{ minLength: 1, maxLength: 4 },
  });
  const of = reference();
  fc.assert(
    fc.property(hours, (all) => {
      const to = AT / HOUR;
      const truths = new Map(all.map((some, i) => [to - 1 - i, sumsOf(some)]));
      const { sums } = latestLabelled(truths, to, 1000);
      expect(sums.rows).toBe(all.flat().length);
      expect(countOf(sums.labels)).toBe(sums.rows);
      for (const name of Object.keys(sums.labels)) {
        const rows = all.flat().filter(({ truth }) => truth === name).length;
        expect(new Map(Object.entries(sums.labels)).get(name)).toBe(rows);
      }
      const { report } = check(
        input({
          ...{ kinds: ['performance'], truths, reference: of },
          policy: { ...policy, monitoring: { ...policy.monitoring, samplesMin: 1 } },
        }),
      );
      const fairness = report.fairness?.flatMap(({ groups }) => groups) ?? [];
      expect(fairness.reduce((sum, { rows }) => sum + rows, 0)).toBe(sums.rows);
      const text = new TextDecoder().decode(canonicalBytes(report));
      expect(DriftReport.parse(JSON.parse(text))).toEqual(report);
      expect(reportHtml(report)).toContain('</html>');
    }),
    { numRuns: 60 },
  );
});

it('failures of any kind add up', () => {
  const any = fc.array(fc.tuple(anyName, fc.nat(9)), { maxLength: 5 });
  fc.assert(
    fc.property(any, any, (one, other) => {
      const [a, b] = [one, other].map((failures) => Object.fromEntries(failures));
      const sum = sumSeen(null, [
        { ...NOTHING_SEEN, failures: a ?? {} },
        { ...NOTHING_SEEN, failures: b ?? {} },
      ]).failures;
      expect(countOf(sum)).toBe(countOf(a ?? {}) + countOf(b ?? {}));
    }),
  );
});

it('what came since is told apart by any name', () => {
  const any = fc.array(fc.tuple(anyName, fc.integer({ min: 1, max: 9 })), { maxLength: 5 });
  fc.assert(
    fc.property(any, any, (one, more) => {
      const [before, added] = [one, more].map((counts) => Object.fromEntries(counts));
      const now = mergeNumbers(before ?? {}, added ?? {});
      expect(countsSince(now, before ?? {})).toEqual(added);
    }),
  );
});

it('a report with features of any name has a page', () => {
  const names = Object.getOwnPropertyNames(Object.prototype);
  const story = storyOf({ features: names.length, drifted: 1, nameOf: (i) => names[i] ?? '' });
  const history = story.history.map((one) => ({ ...one, ratios: {} }));
  expect(reportHtml({ ...story, history })).toContain('constructor');
});
