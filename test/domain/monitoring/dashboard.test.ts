import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Asked } from '#domain/monitoring/dashboard/asked.ts';
import { type Definition, readDefinition } from '#domain/monitoring/dashboard/definition.ts';
import { type DrawPorts, draw } from '#domain/monitoring/dashboard/draw.ts';
import type { Adoption } from '#domain/monitoring/dashboard/drawing.ts';
import { isShared, ofTenant } from '#domain/monitoring/dashboard/of-tenant.ts';
import type { Found } from '#domain/monitoring/dashboard/panels.ts';
import { periodOf, questionsOf, thinned } from '#domain/monitoring/dashboard/question.ts';
import { FROM, HOUR, line, TO } from './dashboards.ts';

const ARGUMENTS = `MetricName="ErrorRate"', 'Maximum', 3600`;
const SEARCHED = `SLICE(SORT(SEARCH('{Assay,Model,Tenant} ${ARGUMENTS}), MAX, DESC), 0, 100)`;
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
const LABEL = "${PROP('Dim.Tenant')}/${PROP('Dim.Model')} errors";
const search = { expression: SEARCHED, label: LABEL, period: 3600 };
const metric = ['AWS/Lambda', 'Errors', 'FunctionName', 'infer', { stat: 'Sum', yAxis: 'right' }];
const other = ['AWS/Lambda', 'Throttles', 'FunctionName', 'infer', { label: 'throttled' }];
const HOME = { region: 'eu-west-1', accountId: '111122223333' };
const WHOSE = { tenant: 'acme', infer: 'infer' };

const graph = (metrics: readonly unknown[], more: object = {}) => ({
  type: 'metric',
  properties: { title: 'error_rates_by_model', metrics, ...more },
});
const read = (...widgets: object[]): Definition => {
  const definition = readDefinition(JSON.stringify({ start: '-P2D', widgets }), HOME);
  if (!definition) throw new Error('it was not read');
  return definition;
};
const widgetOf = (metrics: unknown[], more: object = {}) => {
  const [widget] = read(graph(metrics, more)).widgets;
  if (widget?.kind !== 'graph') throw new Error('it is no graph');
  return widget;
};
const searching = (expression: string, more: Partial<Asked> = {}): Asked => ({
  ...{ expression, label: '', periodSeconds: 60, side: 'left', ...more },
});
const one = (more: Partial<Exclude<Asked, { expression: string }>> = {}): Asked => ({
  ...{ namespace: 'AWS/Lambda', metric: 'Errors', dimensions: { FunctionName: 'infer' } },
  ...{ statistic: 'Sum', label: 'errors', periodSeconds: 300, side: 'left', ...more },
});

describe('the body of a dashboard', () => {
  it('says what each line asks CloudWatch for', () => {
    expect(widgetOf([[search], metric]).asked).toEqual([
      { expression: SEARCHED, label: LABEL, periodSeconds: 3600, side: 'left' },
      {
        ...{ namespace: 'AWS/Lambda', metric: 'Errors', dimensions: { FunctionName: 'infer' } },
        ...{ statistic: 'Sum', periodSeconds: 300, side: 'right', label: 'Errors' },
      },
    ]);
  });

  it('says it for all lines of a widget that do not say it themselves', () => {
    const { asked } = widgetOf([['A', 'B'], metric], { stat: 'p99', period: 60 });
    expect(asked).toMatchObject([
      { statistic: 'p99', periodSeconds: 60 },
      { statistic: 'Sum', periodSeconds: 60 },
    ]);
    expect(widgetOf([['A', 'B']]).asked).toMatchObject([
      { statistic: 'Average', periodSeconds: 300 },
    ]);
  });

  it('leaves out what is hidden there, and counts what it cannot read', () => {
    const hidden = ['A', 'B', { visible: false }];
    const widget = widgetOf([hidden, ['.', 'Errors', '...'], ['A'], [{ period: -1 }], ['A', 'B']]);
    expect(widget).toMatchObject({ asked: [{ namespace: 'A', metric: 'B' }], unread: 3 });
  });

  it('is not read where it is of another region or account', () => {
    const at = (region?: string, accountId?: string) => ['A', 'B', { region, accountId }];
    const lines = [at(), at('eu-west-1', '111122223333'), at('us-east-1'), at(undefined, '4')];
    expect(widgetOf(lines)).toMatchObject({ asked: [{}, {}], unread: 2 });
    expect(widgetOf([['A', 'B']], { region: 'us-east-1' })).toMatchObject({ unread: 1 });
    expect(widgetOf([at('eu-west-1')], { region: 'us-east-1' })).toMatchObject({ unread: 0 });
    expect(widgetOf([[search]], { accountId: '4' })).toMatchObject({ asked: [], unread: 1 });
  });

  it('has widgets of other kinds beside them, whose text is not read', () => {
    const log = { type: 'log', properties: { title: 'adoption', query: 'stats count(*)' } };
    expect(read(log, { type: 'text', properties: { markdown: 'of rival' } }).widgets).toEqual([
      { kind: 'log', title: 'adoption' },
      { kind: 'other' },
    ]);
  });

  it.each([
    ['-PT30M', 0.5],
    ['-PT6H', 6],
    ['-P2D', 48],
    ['-P1DT12H', 36],
    ['-P1W', 168],
    ['-P1M', 720],
    ['-P99M', 455 * 24],
    ['2026-11-21T00:00:00Z', 3],
    ['-P', 3],
    ['-PT0H', 3],
  ])('goes back as far as %s says: %d hours', (start, hours) => {
    const text = JSON.stringify({ start, widgets: [] });
    expect(readDefinition(text, HOME)?.spanMs).toBe(hours * HOUR);
  });

  it.each(['{"title":"no"}', 'no', '', '[]'])(
    'is nothing where it is no such thing: %s',
    (text) => {
      expect(readDefinition(text, HOME)).toBeUndefined();
    },
  );
});

describe('what a tenant sees of it', () => {
  const of = (expression: string) => {
    const narrowed = ofTenant(searching(expression), WHOSE);
    return narrowed && 'expression' in narrowed ? narrowed.expression : undefined;
  };

  it('is of every search the part that names it, whatever else its terms say', () => {
    expect(of(SEARCHED)).toContain(
      `SEARCH('{Assay,Model,Tenant} Tenant="acme" (MetricName="ErrorRate")', 'Maximum', 3600)`,
    );
    expect(of(`SEARCH('{Assay,Tenant} a OR NOT (b)', 'Sum')`)).toBe(
      `SEARCH('{Assay,Tenant} Tenant="acme" (a OR NOT (b))', 'Sum')`,
    );
    expect(of(`SEARCH('{"Assay", "Tenant"}', 'Sum')`)).toContain(`"Tenant"} Tenant="acme"', `);
    expect(of(`${SEARCHED} + ${SEARCHED}`)?.match(/Tenant="acme"/g)).toHaveLength(2);
  });

  it.each([
    `SEARCH('{Assay,Model} MetricName="ErrorRate"', 'Sum')`,
    `SEARCH('{Other,Tenant} MetricName="ErrorRate"', 'Sum')`,
    `SEARCH(' MetricName="ErrorRate" ', 'Sum')`,
    `${SEARCHED} + SEARCH('Assay', 'Sum')`,
    `${SEARCHED} + SEARCH("{Assay,Tenant} x", 'Sum')`,
    `SEARCH('{Assay,Tenant} x) OR (y', 'Sum')`,
    `SEARCH('{Assay,Tenant} "x) OR (y', 'Sum')`,
    `SEARCH('{Assay,Tenant} "x" ) OR ( "y"', 'Sum')`,
    String.raw`SEARCH('{Assay,Tenant} \', 'Sum')`,
    `${SEARCHED} + LAMBDA('source')`,
    `${SEARCHED} + INSIGHT_RULE_METRIC(rule)`,
    `${SEARCHED} + m1`,
    'm1 / m2',
    'SELECT MAX(ErrorRate) FROM SCHEMA(Assay, Model, Tenant)',
  ])('is nothing of an expression that cannot be told apart: %s', (expression) => {
    expect(of(expression)).toBeUndefined();
  });

  it('never asks for more than it', () => {
    const term = fc.constantFrom('x', ' OR ', ' NOT ', '(', ')', '"', '"y"', ' Tenant="rival" ');
    const terms = fc.array(term, { maxLength: 6 }).map((words) => words.join(''));
    const word = fc.oneof(
      terms.map((all) => `SEARCH('{Assay,Tenant} ${all}', 'Sum')`),
      fc.constantFrom("SEARCH('{Assay} x', 'Sum')", ' + ', 'SUM(', ')', 'm1', 'LAMBDA('),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        for (const [, found = ''] of of(words.join(''))?.matchAll(/SEARCH\('(.*?)'/g) ?? []) {
          const [, rest = ''] = /^\{Assay,Tenant\} Tenant="acme"(?: \((.*)\))?$/.exec(found) ?? [
            expect.fail(found),
          ];
          expect(depthsOf(rest).every((depth) => depth >= 0)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  /** How many brackets are open after each character that is in no quotes, and at the end none. */
  function depthsOf(terms: string): number[] {
    let depth = 0;
    const depths = [...terms.replace(/"[^"]*"/g, '')].map((character) => {
      depth += character === '(' ? 1 : character === ')' ? -1 : 0;
      return character === '"' ? -1 : depth;
    });
    return [...depths, -Math.abs(depth)];
  }

  it('is a metric of its own, or of what answers all tenants’ requests, and no other', () => {
    const own = (namespace: string, dimensions: Record<string, string>) =>
      ofTenant(one({ namespace, dimensions }), WHOSE) !== undefined;
    expect(own('Assay', { Tenant: 'acme', Model: 'churn' })).toBe(true);
    expect(own('Assay', { Tenant: 'rival' })).toBe(false);
    expect(own('Assay', { Fleet: 'All' })).toBe(false);
    expect(own('Other', { Tenant: 'acme' })).toBe(false);
    expect(own('AWS/Lambda', { FunctionName: 'infer' })).toBe(true);
    expect(own('AWS/Lambda', { FunctionName: 'another' })).toBe(false);
    expect(own('AWS/Lambda', { FunctionName: 'infer', Resource: 'infer:1' })).toBe(false);
    expect(own('AWS/Lambda', {})).toBe(false);
    expect(own('AWS/SQS', { FunctionName: 'infer' })).toBe(false);
  });

  it('says which of them counts all tenants together', () => {
    expect([one(), one({ namespace: 'Assay' }), searching(SEARCHED)].map(isShared)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('a question to CloudWatch', () => {
  const days = (count: number) => ({ from: TO - count * 24 * HOUR, to: TO });

  it('is of periods that leave a line at most 300 points', () => {
    expect(periodOf(thinned(one(), days(1)))).toBe(300);
    expect(periodOf(thinned(one(), days(2)))).toBe(900);
    expect(periodOf(thinned(one(), days(455)))).toBe(172_800);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 455 * 24 }),
        fc.constantFrom(1, 60, 300, 3600, 86_400),
        (hours, periodSeconds) => {
          const span = { from: TO - hours * HOUR, to: TO };
          for (const asked of [one({ periodSeconds }), searching(SEARCHED, { periodSeconds })]) {
            const period = periodOf(thinned(asked, span));
            expect((hours * 3600) / period).toBeLessThanOrEqual(300);
            expect(period).toBeGreaterThanOrEqual(periodOf(asked));
          }
        },
      ),
    );
  });

  it('says the longer period in the search itself', () => {
    expect(thinned(searching(SEARCHED), days(30))).toMatchObject({
      expression: SEARCHED.replace('3600', '10800'),
      periodSeconds: 10_800,
    });
  });

  it('is of each search alone, and of metrics of one time together', () => {
    const asked = [searching(SEARCHED), one(), searching(SEARCHED), one({ metric: 'Throttles' })];
    const questions = questionsOf(asked, days(2));
    expect(questions.map((question) => question.asked)).toEqual([
      [asked[0]],
      [asked[1], asked[3]],
      [asked[2]],
    ]);
  });

  it('begins with a whole period, and ends with one where it counts', () => {
    const iso = (asked: Asked, span = days(2)) => {
      const [{ from, to } = { from: 0, to: 0 }] = questionsOf([asked], span);
      return [from, to].map((at) => new Date(at).toISOString().slice(5, 16));
    };
    const hourly = { periodSeconds: 3600 };
    expect(iso(one(hourly))).toEqual(['11-19T23:00', '11-21T22:00']);
    expect(iso(one({ ...hourly, statistic: 'Maximum' }))).toEqual(['11-19T23:00', '11-21T22:40']);
    expect(iso(searching(SEARCHED))).toEqual(['11-19T23:00', '11-21T22:40']);
    expect(iso(searching(SEARCHED.replace('Maximum', 'Sum')))).toEqual([
      ...['11-19T23:00', '11-21T22:00'],
    ]);
    expect(iso(one(hourly), { from: TO - HOUR / 2, to: TO })).toEqual([
      ...['11-21T22:00', '11-21T22:40'],
    ]);
  });
});

describe('a drawn dashboard', () => {
  const adopted: Adoption = { served: [{ model: 'churn', production: '1.0.0' }], more: false };
  const whose = { ...WHOSE, name: 'Assay', region: 'eu-west-1', from: FROM, to: TO };
  const found = (more: Partial<Found> = {}): Found => ({
    ...{ lines: [], complete: true, said: [], ...more },
  });
  const failures: string[] = [];
  const drawing = (
    answer: (asked: Asked, i: number) => Found,
    widgets: object[],
    more: { readonly seesShared?: boolean; readonly failed?: DrawPorts['failed'] } = {},
  ) => {
    const { seesShared = true, failed = (title: string) => failures.push(title) } = more;
    const find: DrawPorts['find'] = async ({ asked }) => asked.map(answer);
    const ports = { find, failed, adoption: async () => adopted };
    return draw(read(...widgets), { ...whose, seesShared }, ports);
  };
  const drawn = async (...args: Parameters<typeof drawing>) => (await drawing(...args)).widgets;

  it('has a panel of each search, and one of single metrics by axis', async () => {
    const yAxis = { left: { label: 'share', min: 0 }, right: { label: 'requests' } };
    const annotations = {
      horizontal: [
        { value: 1, label: 'warns' },
        { value: 2, yAxis: 'right' },
      ],
    };
    const right = [...other.slice(0, -1), { yAxis: 'right', label: 'throttled' }];
    const answer = (asked: Asked, i: number) =>
      found({
        lines: [line('expression' in asked ? 'acme/churn errors' : asked.label, i)],
        complete: asked.label !== 'throttled',
      });
    const widget = graph([[search], metric, right], { yAxis, annotations, period: 3600 });
    expect((await drawn(answer, [widget]))[0]?.panels).toEqual([
      {
        ...{ name: 'errors', unit: 'share', min: 0, marks: [{ value: 1, label: 'warns' }] },
        ...{ lines: [line('churn', 0)], without: [], unnamed: 0 },
        ...{ shared: false, incomplete: false },
      },
      {
        ...{ name: '', unit: 'requests', marks: [{ value: 2, label: '' }] },
        ...{ lines: [line('Errors', 0), line('throttled', 0)], without: [], unnamed: 0 },
        ...{ shared: true, incomplete: true },
      },
    ]);
  });

  it('does not mix the tenant’s metrics with those of all', async () => {
    const own = ['Assay', 'ErrorRate', 'Tenant', 'acme', { yAxis: 'right' }];
    const panels = (await drawn(() => found(), [graph([metric, own])]))[0]?.panels;
    expect(panels?.map(({ shared, without }) => [shared, without])).toEqual([
      [true, ['Errors']],
      [false, ['ErrorRate']],
    ]);
  });

  it('counts lines that do not say whose they are, or are another tenant’s', async () => {
    const labels = ['rival/churn errors', 'churn errors', 'acme/churn', 'acme/iris errors'];
    const lines = labels.map((label) => line(label, 1));
    const [widget] = await drawn(() => found({ lines }), [graph([[search]])]);
    expect(widget?.panels[0]).toMatchObject({ lines: [line('iris', 1)], unnamed: 3 });
  });

  it('says which single metrics have no numbers, and how much it does not draw', async () => {
    const math = { expression: 'm1 / m2', label: 'secret' };
    const foreign = ['Assay', 'secret', 'Tenant', 'rival'];
    const [widget] = await drawn(
      () => found(),
      [graph([metric, other, [math], ['A'], foreign], { period: 3600 })],
    );
    expect(widget?.panels.map(({ without }) => without)).toEqual([['Errors'], ['throttled']]);
    expect(widget?.notes).toEqual(['3 of its 5 lines are not drawn here.']);
    expect(JSON.stringify(widget)).not.toContain('secret');
  });

  it('leaves out widgets with nothing of the tenant’s, and asks nothing for them', async () => {
    const never = () => expect.fail('it was asked');
    const text = { type: 'text', properties: { markdown: 'secret' } };
    const log = { type: 'log', properties: { title: 'secret', query: 'secret' } };
    const all = await drawing(never, [graph([[{ expression: 'm1' }]]), text, log]);
    expect(all).toMatchObject({ widgets: [], left: 3 });
    expect(JSON.stringify(all)).not.toContain('secret');
  });

  it('has what routes say in the place of versions by the log, without the query', async () => {
    const properties = { title: 'model_version_adoption', query: 'secret' };
    const all = await drawing(() => found(), [{ type: 'log', properties }]);
    expect(all).toMatchObject({ left: 0, widgets: [{ adoption: adopted }] });
    expect(JSON.stringify(all)).not.toContain('secret');
  });

  it('shows what counts all tenants together to those alone that may see it', async () => {
    const asked: Asked[] = [];
    const answer = (each: Asked) => {
      asked.push(each);
      return found();
    };
    const widgets = [graph([[search], metric, other])];
    const [widget] = await drawn(answer, widgets, { seesShared: false });
    expect(widget?.panels.map(({ shared }) => shared)).toEqual([false]);
    expect(widget?.notes).toEqual([
      '2 lines are of all tenants together, which tenant_admin alone may see.',
    ]);
    expect(asked.every((each) => 'expression' in each)).toBe(true);
    expect((await drawn(answer, widgets))[0]?.panels.map(({ shared }) => shared)).toContain(true);
  });

  it('says that a point is of a longer time than the widget asks for', async () => {
    const [widget] = await drawn(() => found(), [graph([metric, other])]);
    expect(widget?.notes).toEqual([
      'A point is of 15 minutes here, so that a line has few enough.',
    ]);
  });

  it('is not whole where CloudWatch says anything of it', async () => {
    const said = ['MaxMetricsExceeded'];
    const [widget] = await drawn(() => found({ said }), [graph([[search]])]);
    expect(widget).toMatchObject({
      panels: [{ incomplete: true }],
      notes: ['Not whole: CloudWatch says MaxMetricsExceeded.'],
    });
  });

  it('draws the others where a widget fails, says so there, and says why to who keeps the log', async () => {
    failures.length = 0;
    const answer = (asked: Asked) => {
      if (!('expression' in asked)) throw new Error('refused: secret');
      return found();
    };
    const widgets = await drawn(answer, [graph([metric], { title: 'broken' }), graph([[search]])]);
    expect(widgets).toMatchObject([
      { title: 'broken', panels: [], notes: [expect.stringMatching(/^It could not be drawn/)] },
      { panels: [{ name: 'errors' }] },
    ]);
    expect(failures).toEqual(['broken']);
    expect(JSON.stringify(widgets)).not.toContain('secret');
  });

  it('is given up where who keeps the log says so', async () => {
    const answer = () => {
      throw new Error('throttled');
    };
    const failed: DrawPorts['failed'] = (_, error) => {
      throw error;
    };
    await expect(drawing(answer, [graph([metric])], { failed })).rejects.toThrow('throttled');
  });
});
