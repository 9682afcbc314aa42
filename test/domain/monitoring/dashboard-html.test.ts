import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Drawing } from '#domain/monitoring/dashboard/drawing.ts';
import { dashboardHtml } from '#domain/monitoring/dashboard/html/dashboard-html.ts';
import { COLOURED, looksOf } from '#domain/monitoring/dashboard/html/looks.ts';
import { marks } from '#domain/monitoring/dashboard/html/marks.ts';
import { numberText, scaleOf, shareOf, tickText } from '#domain/monitoring/dashboard/html/scale.ts';
import { CHART_STYLE } from '#domain/monitoring/dashboard/html/style.ts';
import { timeTicks } from '#domain/monitoring/dashboard/html/time-axis.ts';
import { STYLE } from '#domain/monitoring/report/html/style.ts';
import { drawing, FROM, HOUR, line, panel, TO } from './dashboards.ts';

const pageOf = (drawn: Drawing) => dashboardHtml(drawn);
const wordsOf = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
const skeleton = (page: string) =>
  (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));

describe('the page of a dashboard', () => {
  it('draws a line of each model, names it, and has its numbers', () => {
    const page = pageOf(drawing([panel()]));
    expect(page.match(/<path class="line l0" d="M[\d. ]+L[\d. ]+"\/>/g)).toHaveLength(1);
    expect(page).toContain('aria-label="inputs, ratio to what warns: 2 lines over time"');
    expect(wordsOf(page)).toMatch(/iris 0\.4 .*wine 0\.1 /);
    expect(wordsOf(page)).toContain('iris 0.4 0.2 0.4 2 2026-11-20 00:40 UTC');
  });

  it('runs nothing and loads nothing', () => {
    const page = pageOf(drawing([panel()]));
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|url\(|https?:/i);
    expect(page).toContain("default-src 'none'");
  });

  it('lets no name change what it is made of', () => {
    const named = (name: string) => {
      const lines = [line(name, 1)];
      const marks = [{ value: 1, label: name }];
      const panels = [panel({ name: `${name}.`, unit: name, lines, marks })];
      const adoption = { served: [{ model: name, production: name }], more: false };
      const widgets = [{ title: name, panels, notes: [name], adoption }];
      return pageOf(drawing([], { name, tenant: name, widgets }));
    };
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
        expect(skeleton(named(name))).toEqual(skeleton(named('x')));
      }),
    );
    expect(named('<b onclick="x">')).not.toContain('<b onclick');
  });

  it('draws what warns across the whole chart, even where all is far below', () => {
    const page = pageOf(drawing([panel({ marks: [{ value: 1, label: 'warns' }], min: 0 })]));
    expect(page).toContain('<path class="mark" d="M0 0H1000"/>');
    expect(wordsOf(page)).toContain('warns');
  });

  it('says why a chart is empty, which numbers lack, and what is not whole', () => {
    const page = pageOf(
      drawing([
        panel({ lines: [] }),
        panel({ lines: [], shared: true, without: ['at once'], name: '' }),
        panel({ without: ['throttled'], incomplete: true }),
      ]),
    );
    expect(wordsOf(page)).toContain('The checks of models write them');
    expect(wordsOf(page)).toContain('No numbers of at once in this time');
    expect(wordsOf(page)).toContain('No numbers of: throttled.');
    expect(wordsOf(page)).toContain('not whole: CloudWatch did not give all of it');
  });

  it('counts lines of no known model, and does not say then that nothing was written', () => {
    const empty = wordsOf(pageOf(drawing([panel({ lines: [], unnamed: 2 })])));
    expect(empty).toContain('2 of the lines that CloudWatch found are not drawn: the label must');
    expect(empty).not.toContain('The checks of models write them');
    expect(wordsOf(pageOf(drawing([panel({ unnamed: 1 })])))).toContain(
      '1 of the lines that CloudWatch found is not drawn',
    );
  });

  it('begins with the first number, and says that there is none from before', () => {
    const late = { label: 'iris', points: [[TO - 2 * HOUR, 1]] as [number, number][] };
    const words = wordsOf(pageOf(drawing([panel({ lines: [late] })])));
    expect(words).toContain('from 2026-11-21 16:00 UTC to 2026-11-21 22:40 UTC. There are no');
    expect(wordsOf(pageOf(drawing([panel()])))).toContain('to 2026-11-21 22:40 UTC. data_drift');
    expect(wordsOf(pageOf(drawing([])))).toContain('from 2026-11-19 22:40 UTC');
  });

  it('shows versions by their routes', () => {
    const title = 'model_version_adoption';
    const served = [
      { model: 'iris', production: '1.1.0', trial: { version: '1.2.0', share: 0.25 } },
      { model: 'wine', production: '2.0.0' },
    ];
    const shown = (adoption: { served: typeof served; more: boolean }) =>
      wordsOf(pageOf(drawing([], { widgets: [{ title, panels: [], notes: [], adoption }] })));
    expect(shown({ served, more: true })).toContain(
      'iris 1.1.0 75 % 1.2.0 25 % wine 2.0.0 100 % – There are more models',
    );
    expect(shown({ served, more: false })).not.toContain('There are more models');
    expect(shown({ served: [], more: false })).toContain('No version is in production.');
  });

  it('says what of a widget is not drawn', () => {
    const widgets = [{ title: 'notes', panels: [], notes: ['It is not drawn here.'] }];
    expect(wordsOf(pageOf(drawing([], { widgets })))).toContain('notes It is not drawn here.');
    expect(wordsOf(pageOf(drawing([], { left: 2 })))).toContain('2 of its widgets are not drawn');
    expect(wordsOf(pageOf(drawing([])))).not.toContain('of its widgets');
  });

  it('stays below 200 kB for 20 models in two days', () => {
    const lines = Array.from({ length: 20 }, (_, i) =>
      line(`model-${i}`, ...Array.from({ length: 48 }, (_, hour) => Math.sin(i + hour))),
    );
    const panels = Array.from({ length: 7 }, () => panel({ lines }));
    expect(pageOf(drawing(panels)).length).toBeLessThan(200_000);
  });
});

describe('looks of lines', () => {
  const many = (prefix: string) => Array.from({ length: 9 }, (_, i) => line(`${prefix}${i}`, 1));

  it('go to the gravest of each panel first, and are the same in all of them', () => {
    const looks = looksOf(drawing([panel({ lines: many('a') }), panel({ lines: many('b') })]));
    expect([...looks.keys()]).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
    expect(looks.size).toBe(COLOURED);
  });

  it('leave the others to grey, which says how many they are', () => {
    const page = pageOf(drawing([panel({ lines: many('a') })]));
    expect(page.match(/class="line rest" d="M\d+ \d+"/g) ?? []).toHaveLength(1);
    expect(page).toContain('<path class="mk rest"');
    expect(wordsOf(page)).toContain('1 more');
  });

  it('are told apart without colour, by the marks of each measurement', () => {
    const at = ['0 0', '5 5'];
    const half = { across: 1, down: 2 };
    const drawnBy = (look?: number) =>
      marks(at, look, half).markup.replace(/ class="mk (s\d l\d|rest|hole)"/g, (_, name) =>
        name === 'rest' ? ' small' : '',
      );
    const all = Array.from({ length: COLOURED }, (_, look) => drawnBy(look));
    expect(new Set([...all, drawnBy()]).size).toBe(COLOURED + 1);
  });

  it('are the same in the legend', () => {
    const page = pageOf(drawing([panel()]));
    expect(page.match(/class="mk s1 l1"/g)).toHaveLength(2);
  });

  it('have some marks alone where measurements are too many', () => {
    const dense = line('iris', ...Array.from({ length: 61 }, () => 1));
    const page = pageOf(drawing([panel({ lines: [dense] })]));
    expect(page).toContain('class="line l0 dense"');
    const [, path = ''] = /class="mk s0 l0" d="([^"]*)"/.exec(page) ?? [];
    expect(path.match(/M/g)).toHaveLength(11);
  });
});

describe('a scale', () => {
  const number = fc
    .double({ min: -1e9, max: 1e9, noNaN: true })
    .map((x) => Number(x.toPrecision(6)));

  it('has few round ticks around all values', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (values) => {
        const scale = scaleOf(values, {});
        expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
        expect(scale.ticks.length).toBeLessThanOrEqual(7);
        for (const value of values) {
          expect(shareOf(value, scale)).toBeGreaterThanOrEqual(-1e-9);
          expect(shareOf(value, scale)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  it('is of as many values as there are', () => {
    const values = Array.from({ length: 300_000 }, (_, i) => i % 7);
    expect(scaleOf(values, {}).ticks).toEqual([0, 2, 4, 6]);
  });

  it.each([
    [[0.3, 0.35], {}, [0.3, 0.32, 0.34, 0.36]],
    [[0, 4], {}, [0, 1, 2, 3, 4]],
    [[0], { min: 0, max: 4 }, [0, 1, 2, 3, 4]],
    [[5], {}, [4, 6]],
    [[], {}, [0, 1]],
  ] as const)('of %j within %j is %j', (values, bounds, ticks) => {
    const found = scaleOf(values, bounds).ticks.map((tick) => Number(tick.toPrecision(10)));
    expect(found).toEqual(ticks);
  });

  it('writes numbers as people do', () => {
    expect([0.1 + 0.2, 1_234_567, -2, 0.0005].map(tickText)).toEqual([
      '0.3',
      '1,234,567',
      '−2',
      '0.0005',
    ]);
    expect([-0.000_002_91, 0, 0.000_213_4, 1234.6, 2.046].map(numberText)).toEqual([
      ...['−2.9e−6', '0', '0.000213', '1,235', '2.05'],
    ]);
  });

  it('of time has at most six ticks on round times, with the date at midnight', () => {
    expect(timeTicks(FROM, TO).map(({ text }) => text)).toEqual([
      '11-20',
      '12:00',
      '11-21',
      '12:00',
    ]);
    expect(timeTicks(TO - HOUR / 2, TO).map(({ text }) => text)).toEqual(['22:15', '22:30']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 455 * 24 }), (hours) => {
        const ticks = timeTicks(TO - hours * HOUR, TO);
        expect(ticks.length).toBeLessThanOrEqual(6);
        for (const { at } of ticks) expect(at % (HOUR / 4)).toBe(0);
      }),
    );
  });
});

describe('colours of lines', () => {
  const themes = (style: string): string[] => style.split('@media (prefers-color-scheme:dark)');
  const colour = (style: string, name: string): string =>
    new RegExp(`--${name}:(#[0-9a-f]{3,6})`).exec(style)?.[1] ?? '';
  /** Relative luminance, WCAG 2.2. */
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  it.each([
    ['light', 0],
    ['dark', 1],
  ] as const)('have a contrast of 4.5 to what is behind them: %s', (_, theme) => {
    const behind = luminance(colour(themes(STYLE.markup)[theme] ?? '', 'card'));
    for (let i = 0; i < COLOURED; i += 1) {
      const mark = luminance(colour(themes(CHART_STYLE.markup)[theme] ?? '', `l${i}`));
      expect(contrast(mark, behind), `l${i}`).toBeGreaterThanOrEqual(4.5);
    }
    const rest = luminance(colour(themes(STYLE.markup)[theme] ?? '', 'dim'));
    expect(contrast(rest, behind), 'the others').toBeGreaterThanOrEqual(4.5);
  });

  it('are never thinned by being seen through', () => {
    expect(CHART_STYLE.markup).not.toContain('opacity');
    expect(CHART_STYLE.markup).toContain('.rest{--at:var(--dim)}');
  });

  function contrast(a: number, b: number): number {
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
});
