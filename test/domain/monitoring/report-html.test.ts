import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { reportHtml } from '#domain/monitoring/report/report-html.ts';
import { storyOf } from './reports.ts';

const quiet = storyOf({ features: 10, drifted: 0 });
const drifted = storyOf({ features: 10, drifted: 4 });
const rotated = storyOf({ features: 10, drifted: 0, correlation: -0.8 });
const tooFew = storyOf({ features: 4, drifted: 0, rows: 50, checks: 1 });

/** Tags, and the names of their attributes. */
const skeleton = (page: string) =>
  (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));
const wordsOf = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

/** Whatever outsiders name, named otherwise; keys of records stay apart by their end. */
function renamed(report: DriftReport, name: string): DriftReport {
  const compared = <T extends DriftReport['windows'][number]['features'][number]>(one: T): T => ({
    ...one,
    name: `${name}${one.name}`,
    ...(one.shape && {
      shape: { ...one.shape, labels: one.shape.labels.map((label) => name + label) },
    }),
  });
  return {
    ...report,
    version: name,
    notes: [name],
    windows: report.windows.map(({ answers: _, labels: __, ...window }) => ({
      ...window,
      inputs: { ...window.inputs, drifted: window.inputs.drifted.map((one) => name + one) },
      features: window.features.map(compared),
      ...(window.dependence && {
        dependence: {
          ...window.dependence,
          drifted: window.dependence.drifted.map((one) => name + one),
          pairs: window.dependence.pairs.map((pair) => ({
            ...compared(pair),
            moved: pair.moved.map((one) => name + one),
          })),
        },
      }),
    })),
    history: report.history.map((one) => ({
      ...one,
      ratios: Object.fromEntries(
        Object.entries(one.ratios).map(([key, ratio]) => [name + key, ratio]),
      ),
    })),
    service: {
      hours: 1,
      requests: 1,
      errorRate: 1,
      cacheHitShare: 0,
      failures: { [name]: 1 },
    },
    fairness: [
      {
        attribute: name,
        outcome: 'FAIR',
        small: [],
        groups: [{ group: name, rows: 1 }],
      },
    ],
  };
}

describe('the page of a report', () => {
  it('has no markup but its own, whatever features, groups and categories are called', () => {
    const report = { ...drifted, windows: [...drifted.windows, ...rotated.windows] };
    const plain = skeleton(reportHtml(renamed(report, 'x')));
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x",
        '</style><style>',
        '&lt;b&gt;',
        '\u202edrow',
        '\ud800',
        '-->',
        '$&$1',
      ),
    );
    fc.assert(
      fc.property(hostile, (name) => {
        const page = reportHtml(renamed(report, name));
        expect(skeleton(page)).toEqual(plain);
        expect(page).not.toMatch(/\p{Cs}/u);
        expect(page).not.toMatch(/[\u202a-\u202e\u2066-\u2069\0]/);
      }),
    );
  });

  it('asks nothing of any other place and runs nothing', () => {
    const page = reportHtml(drifted);
    expect(page).not.toMatch(/https?:|\/\/|url\(|@import|<script|<link|<img|\bsrc=|\bon[a-z]+=/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).toContain('prefers-color-scheme:dark');
  });

  it('stays below 200 kB with 200 features, long names and two histories', () => {
    const report = storyOf({
      features: 200,
      drifted: 60,
      nameOf: (i) => `claims/${'a rather long name of a feature, '.repeat(2)}${i}`,
    });
    const twice = {
      ...report,
      history: [...report.history, ...report.history.map((one) => ({ ...one, hours: 24 }))],
    };
    expect(Buffer.byteLength(reportHtml(twice))).toBeLessThan(200_000);
  });

  it('draws the 50 gravest features and lists the others', () => {
    const page = reportHtml(storyOf({ features: 70, drifted: 3 }));
    // Answers and labels of both windows are drawn, too.
    expect(page.match(/<svg /g)).toHaveLength(50 + 4);
    expect(wordsOf(page)).toContain('20 more features, all below these');
  });

  it('draws pairs of features, and says which tell nothing of dependence', () => {
    const page = reportHtml(rotated);
    const story = wordsOf(page);
    // Six pairs beside ten features, and both windows' answers and labels.
    expect(page.match(/<svg /g)).toHaveLength(6 + 10 + 4);
    expect(page).toContain('<h2 id="dependence">Dependence</h2>');
    expect(story).toContain('Dependence changed in 1 of 6 pairs of features: X/age ~ X/income.');
    expect(story).toMatch(
      /X\/age ~ X\/income critical [\d.]+ × in the window of 24 h, correlation 0\.79/,
    );
    expect(story).toContain('Drift in this check, but no alarm');
    expect(story).toMatch(/X\/age ~ X\/visits moved by a feature .* X\/visits /);
    expect(wordsOf(reportHtml(drifted))).not.toContain('Dependence');
  });

  it('begins with the verdict and what it rests on', () => {
    const story = wordsOf(reportHtml(drifted));
    expect(story).toContain('Alarm at level page: inputs');
    expect(story).toMatch(
      /Last 6 h, 1,500 rows: 4 of 10 features drifted \(40 %\), above all input/,
    );
    expect(story).toContain('warned, retraining proposed, paged, promotion blocked');
    expect(wordsOf(reportHtml(quiet))).toMatch(
      /Stable: nothing that was judged drifted Last 6 h, 1,500 rows: none of 10 features/,
    );
  });

  it('says of drift without an alarm that there is none yet', () => {
    const alarms = drifted.alarms.map((alarm) => ({ ...alarm, raised: null }));
    expect(wordsOf(reportHtml({ ...drifted, alarms }))).toContain(
      'Drift in this check, but no alarm',
    );
  });

  it('says of a single drifted feature that it is too few', () => {
    const { windows, alarms } = storyOf({ features: 20, drifted: 1 });
    const story = wordsOf(reportHtml({ ...quiet, windows, alarms }));
    expect(story).toContain('Stable: too few features drifted for drift of the inputs');
    expect(story).toContain('1 of 20 features drifted (5 %)');
  });

  it('says what is not known any more, after an alarm that nothing spoke against', () => {
    const [first] = quiet.alarms;
    if (!first) throw new Error('no alarm');
    const lapsed = { ...first, outcome: 'INSUFFICIENT_DATA', change: 'lapsed' } as const;
    const story = wordsOf(reportHtml({ ...quiet, alarms: [lapsed] }));
    expect(story).toContain(
      'Not known any more, after an alarm that nothing spoke against: inputs',
    );
    expect(story).toContain('not known lapsed');
  });

  it('never calls stable what nobody could judge', () => {
    const alarms = tooFew.alarms.map((alarm) => ({
      ...alarm,
      outcome: 'INSUFFICIENT_DATA' as const,
    }));
    const story = wordsOf(reportHtml({ ...tooFew, alarms }));
    expect(story).toContain('Too few rows to judge anything');
    expect(wordsOf(reportHtml(tooFew))).toContain(
      'nothing that was judged drifted; of some there were too few rows',
    );
    expect(story).toContain('Last 6 h, 50 rows: too few to compare features.');
    expect(story).toContain('too few rows – 50 – – – – ');
  });

  it('has every part of the report, and what is absent nowhere', () => {
    const headings = (report: DriftReport) => reportHtml(report).match(/(?<=<h2 id=")[a-z]+/g);
    expect(headings(drifted)).toEqual(
      ['notes', 'alarms', 'service', 'accuracy', 'concept', 'fairness', 'dataset'].concat(
        ...['history', 'answers', 'labels', 'shapes', 'statistics'],
      ),
    );
    const { schema, id, kinds, tenant, model, version, digest, at } = drifted;
    const bare = { schema, id, kinds, tenant, model, version, digest, at };
    const nothing = { windows: [], history: [], alarms: [], consequences: [], notes: [] };
    expect(headings({ ...bare, ...nothing })).toBeNull();
    expect(wordsOf(reportHtml({ ...bare, ...nothing }))).toContain('No window was due');
  });

  it('tells figures with what chance explains beside them', () => {
    const story = wordsOf(reportHtml(drifted));
    const [gravest] = drifted.windows[0]?.features ?? [];
    const { value, chance } = gravest?.statistics.psi ?? { value: 0, chance: 0 };
    expect(story).toContain(`${Number(value.toPrecision(3))} ${Number(chance.toPrecision(3))}`);
  });

  it('gives pictures a text and tables headers', () => {
    const page = reportHtml(drifted);
    expect(
      page.match(/<svg [^>]*role="img" aria-label="Shares of \d+ groups\. Changed most/g),
    ).toEqual(
      page.match(/<svg [^>]*(?=>)/g)?.map((svg) => expect.stringContaining(svg.slice(0, 20))),
    );
    expect(page.match(/<table/g)?.length).toBe(page.match(/<caption>/g)?.length);
    expect(page).not.toMatch(/<th(?! scope=)[ >]/);
  });
});
