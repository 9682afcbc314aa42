import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../local/python.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let python = '';
beforeAll(async () => {
  python = (await findPython()).executable;
});

interface Result {
  readonly Label: string;
  readonly StatusCode: string;
  readonly Timestamps: number[];
  readonly Values: number[];
}

const point = (Model: string, at: number, value: number, more: object = {}) => ({
  ...{ name: 'ErrorRate', at, value },
  dimensions: { Tenant: 'acme', Model, ...more },
});
const POINTS = [
  point('churn', 10, 1),
  point('churn', 20, 3),
  point('churn', 3700, 2),
  point('iris', 10, 5),
  point('wine', 10, 4),
  point('theirs', 10, 9, { Tenant: 'rival' }),
  point('staged', 10, 9, { Stage: 'PRODUCTION' }),
  { ...point('iris', 10, 9), name: 'Latency' },
  point('late', 7200, 9),
];

function found(Expression: string, query: object = {}): Result[] {
  const input = JSON.stringify([{ points: POINTS, query: { Expression, Period: 3600, ...query } }]);
  const args = [path('python/metric_cases.py'), path('../../local/python')];
  return JSON.parse(execFileSync(python, args, { input, encoding: 'utf8' }))[0];
}

const SEARCH = `SEARCH('{Assay,Model,Tenant} Tenant="acme" (MetricName="ErrorRate")', 'Maximum', 3600)`;
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
const label = "${PROP('Dim.Tenant')}/${PROP('Dim.Model')} errors";
const labels = (expression: string) =>
  found(expression, { Label: label }).map(({ Label }) => Label);

describe('a search for metrics on the local cloud', () => {
  it('finds those of just these dimensions for which every term holds, in the time asked for', () => {
    expect(labels(SEARCH).sort()).toEqual([
      'acme/churn errors',
      'acme/iris errors',
      'acme/wine errors',
    ]);
  });

  it('has one number for each period', () => {
    expect(found(SEARCH)[0]).toMatchObject({
      ...{ StatusCode: 'Complete', Timestamps: [0, 3600], Values: [3, 2] },
    });
  });

  it('is put in order and cut as asked', () => {
    expect(labels(`SLICE(SORT(${SEARCH}, MAX, DESC), 0, 2)`)).toEqual([
      ...['acme/iris errors', 'acme/wine errors'],
    ]);
    expect(labels(`SORT(${SEARCH}, MIN, ASC, 1)`)).toEqual(['acme/churn errors']);
    expect(labels(`SLICE(SORT(${SEARCH}, AVG, ASC), 1)`)).toEqual(['acme/wine errors']);
  });

  it.each([
    [`Tenant="acme" (MetricName="ErrorRate" OR MetricName="Latency")`, 'churn iris iris wine'],
    [`Tenant="acme" (Model="churn" OR Tenant="rival")`, 'churn'],
    [`Tenant="acme" Model="churn" OR Tenant="rival"`, 'churn theirs'],
    [`Tenant="acme" AND MetricName="ErrorRate" NOT Model="churn"`, 'iris wine'],
    [`Tenant="acme" (NOT (Model="churn" OR Model="iris"))`, 'wine'],
  ])('joins terms by their words and brackets: %s', (terms, models) => {
    const all = labels(`SEARCH('{Assay,Model,Tenant} ${terms}', 'Maximum', 3600)`);
    const names = all.map((one) => one.replace(/^\w+\/(\w+) errors$/, '$1'));
    expect(names.sort().join(' ')).toBe(models);
  });

  it.each([
    'm1 / m2',
    "SEARCH(' Assay ', 'Maximum')",
    "SEARCH('{Assay,Model,Tenant} ErrorRate', 'Maximum')",
    `SEARCH('{Assay,Model,Tenant} Tenant="a" OR', 'Maximum')`,
    `SEARCH('{Assay,Model,Tenant} (Tenant="a"', 'Maximum')`,
    `SEARCH('{Assay,Model,Tenant} Tenant="a")', 'Maximum')`,
  ])('says so where it does not know the expression: %s', (expression) => {
    expect(found(expression)).toMatchObject([{ StatusCode: 'InternalError', Values: [] }]);
  });
});
