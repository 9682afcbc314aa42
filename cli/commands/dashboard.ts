import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { documented } from '../help.ts';
import { figuresOf } from '../model-figures.ts';
import { consoleUrl, dashboardView } from '../render/dashboard.ts';

/** Each takes some five requests. */
const MODELS = 20;

export const dashboardCommand = (act: Act): Command =>
  documented(
    new Command('dashboard')
      .description("the CloudWatch dashboard's address, and the numbers of its widgets now")
      .action(act(dashboard)),
    ['dashboard', "dashboard --json | jq -r '.url'"],
  );

async function dashboard({ api, out }: Context): Promise<ExitCode> {
  const client = await api();
  const [all, place] = await Promise.all([client.fleet(), client.dashboard()]);
  const models = [];
  for (const monitored of all.slice(0, MODELS)) models.push(await figuresOf(client, monitored));
  const left = all.length - models.length;
  out.result({ url: consoleUrl(place), models, left }, dashboardView);
  return EXIT.ok;
}
