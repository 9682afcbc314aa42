import { Command } from 'commander';
import { CHECKS } from '#domain/monitoring/report/drift-report.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure, failed } from '../failure.ts';
import { documented } from '../help.ts';
import type { CheckAsked, Headline } from '../monitoring-schemas.ts';
import { monitoringStanding, outcomeExit, worstExit } from '../monitoring-standing.ts';
import {
  askedView,
  fleetView,
  headlinesView,
  monitoredView,
  reportView,
} from '../render/monitoring.ts';
import { modelOf } from './rollout.ts';

/** A check takes seconds, and waits for others that were asked for; one that faults is not worth waiting for. */
const CHECKED_WITHIN_MS = 300_000;

/** As many as an hourly check leaves in a day. */
const REPORTS = 24;

export const monitorCommand = (act: Act): Command =>
  new Command('monitor')
    .description('how models in production fare, and what their checks found')
    .addCommand(
      documented(
        new Command('status')
          .description('alarms of one model, or of every model in production')
          .argument('[model]', 'its name; see "assay list"')
          .action(act(status)),
        ['monitor status', 'monitor status breast-cancer --json'],
      ),
    )
    .addCommand(
      documented(
        of('reports', 'what checks of a model found, newest first')
          .option('--limit <count>', 'so many of them', countOf, REPORTS)
          .action(act(reports)),
        ['monitor reports breast-cancer', 'monitor reports breast-cancer --limit 200 --json'],
      ),
    )
    .addCommand(
      documented(
        of('check', 'have a model checked now; what it finds moves no alarm')
          .option('--kinds <list>', `${CHECKS.join(', ')}, with commas between them`, kindsOf)
          .option('--wait', 'until its report is there, and end by what that says')
          .action(act(check)),
        ['monitor check breast-cancer', 'monitor check breast-cancer --kinds drift --wait'],
      ),
    );

const of = (name: string, description: string): Command =>
  new Command(name).description(description).argument('<model>', 'its name; see "assay list"');

async function status({ api, io, out }: Context, text: string | undefined): Promise<ExitCode> {
  const client = await api();
  if (text === undefined) {
    const models = await client.fleet();
    out.result({ models }, (value, style) => fleetView(value.models, style));
    return worstExit(models.map((one) => monitoringStanding(one, io.now()).exit));
  }
  const monitored = await client.monitored(modelOf(text));
  out.result(monitored, monitoredView);
  return monitoringStanding(monitored, io.now()).exit;
}

async function reports(
  { api, out }: Context,
  text: string,
  { limit }: { readonly limit: number },
): Promise<ExitCode> {
  const found = await (await api()).headlines(modelOf(text), limit);
  out.result({ reports: found }, (value, style) => headlinesView(value.reports, style));
  return EXIT.ok;
}

async function check(
  context: Context,
  text: string,
  { kinds, wait }: { readonly kinds?: readonly string[]; readonly wait?: boolean },
): Promise<ExitCode> {
  const model = modelOf(text);
  const client = await context.api();
  const asked = await client.askCheck(model, kinds);
  if (!wait) {
    context.out.result(asked, askedView);
    return EXIT.ok;
  }
  const headline = await reportOf(context, asked);
  context.out.result(await client.report(model, headline.id), reportView);
  return outcomeExit(headline);
}

/** The first report on all that was asked for. @throws Failure where it does not come. */
async function reportOf({ api, io }: Context, asked: CheckAsked): Promise<Headline> {
  const client = await api();
  const until = io.now() + CHECKED_WITHIN_MS;
  const answers = ({ at, kinds }: Headline): boolean =>
    Date.parse(at) >= Date.parse(asked.at) && asked.kinds.every((kind) => kinds.includes(kind));
  for (;;) {
    const found = (await client.headlines(asked.model, REPORTS)).findLast(answers);
    if (found) return found;
    if (io.now() >= until) {
      throw new Failure(
        `the check of ${asked.model}: got no report within ${CHECKED_WITHIN_MS / 1000} s, expected one; look at "assay monitor reports ${asked.model}", and whether an alarm says that checks fail`,
        { exit: EXIT.undecided },
      );
    }
    await io.sleep(2000);
  }
}

function kindsOf(text: string): readonly string[] {
  const kinds = text.split(',').map((kind) => kind.trim());
  const known: readonly string[] = CHECKS;
  if (kinds.every((kind) => known.includes(kind))) return kinds;
  throw failed({
    field: '--kinds',
    got: JSON.stringify(text),
    expected: `some of ${CHECKS.join(', ')}`,
    remedy: 'put commas between them, or leave it out for all',
  });
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw failed({
    field: '--limit',
    got: JSON.stringify(text),
    expected: 'a whole number above 0',
    remedy: 'correct it, or leave it out',
  });
}
