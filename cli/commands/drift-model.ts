import type { Api } from '../api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Headline } from '../monitoring-schemas.ts';
import { monitoringStanding } from '../monitoring-standing.ts';
import { monitoredView, reportView } from '../render/monitoring.ts';
import { writeOption } from '../write-option.ts';
import { modelOf } from './rollout.ts';

export interface DriftOfModel {
  /** The whole of the latest report instead of the alarms alone. */
  readonly report?: boolean;
  /** Where to write that report as a page. */
  readonly html?: string;
}

/** Drift is checked every six hours, health every one: reports of a day have some of both. */
const LATEST = 24;

/** `assay drift MODEL`: how a model in production fares; 1 where an alarm is raised, 2 without recent data. */
export async function driftOfModel(
  { api, io, out }: Context,
  text: string,
  { report, html }: DriftOfModel,
): Promise<ExitCode> {
  const model = modelOf(text);
  const client = await api();
  const monitored = await client.monitored(model);
  const { exit } = monitoringStanding(monitored, io.now());
  const latest = report || html !== undefined ? await latestOf(client, model) : undefined;
  if (latest && html !== undefined)
    await writeOption('--html', html, await client.reportPage(model, latest.id));
  if (latest && report) out.result(await client.report(model, latest.id), reportView);
  else out.result(monitored, monitoredView);
  if (!latest && (report || html !== undefined)) {
    out.note(`there is no report yet; ask for one by "assay monitor check ${model} --wait"`);
    return EXIT.undecided;
  }
  return exit;
}

/** The latest report on drift, else the latest of any kind. */
async function latestOf(client: Api, model: string): Promise<Headline | undefined> {
  const headlines = await client.headlines(model, LATEST);
  return headlines.find(({ kinds }) => kinds.includes('drift')) ?? headlines[0];
}
