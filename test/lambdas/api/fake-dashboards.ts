import type { Dashboards } from '#aws/dashboards.ts';
import type { Asked } from '#domain/monitoring/dashboard/asked.ts';
import type { Question } from '#domain/monitoring/dashboard/question.ts';

const graph = (title: string, ...metrics: unknown[]) => ({
  type: 'metric',
  properties: { title, metrics },
});

/** Finds two tenants' models for whatever search does not name a tenant, as CloudWatch would. */
export class FakeDashboards {
  readonly asked: Question[] = [];
  body: string | undefined = JSON.stringify({
    start: '-P2D',
    widgets: [
      graph(
        'error_rates_by_model',
        [
          {
            expression: `SEARCH('{Assay,Model,Stage,Tenant} MetricName="ErrorRate"', 'Maximum', 3600)`,
            // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
            label: "${PROP('Dim.Tenant')}/${PROP('Dim.Model')} errors",
          },
        ],
        ['AWS/Lambda', 'Errors', 'FunctionName', 'infer', { label: 'broken off' }],
      ),
      graph('secret', ['Billing', 'EstimatedCharges']),
      { type: 'log', properties: { title: 'model_version_adoption', query: 'secret' } },
    ],
  });
  /** What CloudWatch fails with. */
  fault: Error | undefined;

  readonly port: Pick<Dashboards, 'body' | 'find'> = {
    body: async () => this.body,
    find: async (question) => {
      this.asked.push(question);
      if (this.fault) throw this.fault;
      const { asked, from } = question;
      return asked.map((one) => ({ complete: true, said: [], lines: linesOf(one, from) }));
    },
  };
}

function linesOf(asked: Asked, from: number) {
  const points: [number, number][] = [[from, 0.5]];
  if (!('expression' in asked)) return [{ label: asked.label, points }];
  const [, only] = /Tenant="([^"]*)"/.exec(asked.expression) ?? [];
  return ['acme/fraud', 'rival/secret']
    .filter((of) => only === undefined || of.startsWith(`${only}/`))
    .map((of) => ({ label: `${of} errors`, points }));
}
