import { Command } from 'commander';
import { dashboardHtml } from '#domain/monitoring/dashboard/html/dashboard-html.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { documented } from '../help.ts';
import { figuresOf } from '../model-figures.ts';
import { consoleUrl, dashboardView, drawnView } from '../render/dashboard.ts';
import { writeOption } from '../write-option.ts';

/** Each takes some five requests. */
const MODELS = 20;
const AT_ONCE = 5;

interface Options {
  /** Where to write it as a page. */
  readonly html?: string;
}

export const dashboardCommand = (act: Act): Command =>
  documented(
    new Command('dashboard')
      .description("the CloudWatch dashboard's address, and the numbers of its widgets now")
      .option('--html <file>', 'draw its widgets, as a page of their own')
      .action(act(dashboard)),
    ['dashboard', 'dashboard --html dashboard.html', "dashboard --json | jq -r '.url'"],
  );

async function dashboard({ api, out }: Context, { html }: Options): Promise<ExitCode> {
  const client = await api();
  if (html !== undefined) {
    const drawing = await client.drawing();
    await writeOption('--html', html, dashboardHtml(drawing));
    const drawn = { url: consoleUrl(drawing), page: html, widgets: drawing.widgets.length };
    out.result(drawn, drawnView);
    return EXIT.ok;
  }
  const fleet = await client.drawnFleet();
  const shown = fleet.models.slice(0, MODELS);
  const models = [];
  for (let from = 0; from < shown.length; from += AT_ONCE) {
    const some = shown.slice(from, from + AT_ONCE);
    models.push(...(await Promise.all(some.map((monitored) => figuresOf(client, monitored)))));
  }
  const left = fleet.models.length - models.length;
  out.result({ url: consoleUrl(fleet.dashboard), models, left }, dashboardView);
  return EXIT.ok;
}
