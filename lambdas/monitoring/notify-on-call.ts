import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { DriftReports } from '#aws/drift-reports.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { NotificationTopic } from '#aws/notification-topic.ts';
import { Secrets } from '#aws/secrets.ts';
import { COMPOSITE_RULE } from '#domain/monitoring/alarms/alarm-names.ts';
import { type Kept, pageMessage } from '#domain/monitoring/alarms/page-message.ts';
import { isMovedBy, ruleOf } from '#domain/monitoring/alarms/rule-of-alarm.ts';
import { HOUR_MS } from '#domain/monitoring/capture/seen.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { type Alarmed, AlarmMessage, alarmedModel } from '#domain/rollout/rollback-alarm.ts';
import { nowSeconds } from '../act.ts';
import { entry } from '../entry.ts';
import { env, optionalEnv } from '../env.ts';
import { githubSink } from './sinks/github-issues.ts';
import { pagerDutySink } from './sinks/pager-duty.ts';
import type { Sink } from './sinks/sink.ts';
import { topicSink } from './sinks/topic-sink.ts';
import { webhookSink } from './sinks/webhook.ts';

/** SNS passes on one message in each event. */
const Input = z.object({
  Records: z
    .array(z.object({ Sns: z.object({ MessageId: z.string(), Message: z.string() }) }))
    .check(z.length(1)),
});

interface Ports {
  readonly reports: {
    list(model: Alarmed, limit: number): Promise<readonly Listed[]>;
    get(model: Alarmed, id: string): Promise<Kept | undefined>;
  };
  readonly sinks: readonly Sink[];
  readonly log: Pick<Logger, 'warn'>;
}

interface Listed {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kinds: readonly CheckKind[];
}

interface Told {
  readonly outcome: 'told' | 'ignored';
  readonly alarm: string;
  readonly sinks: readonly string[];
}

/** Deliveries that a process remembers; a retry comes within minutes. */
const REMEMBERED = 1000;

/**
 * Tells people of an alarm, with what the latest report says of its cause. Each sink is told whatever
 * becomes of the others; when one fails the event does too, and is sent again, which a sink that has
 * been told does not hear of if the process still knows.
 */
export function notifyOnCall({ reports, sinks, log }: Ports) {
  const told = new Set<string>();
  return async ({ Records }: z.infer<typeof Input>): Promise<Told> => {
    const { Message = '', MessageId = '' } = Records[0]?.Sns ?? {};
    const message = AlarmMessage.parse(JSON.parse(Message));
    const { AlarmName: alarm, NewStateValue: state } = message;
    const isNews = state === 'ALARM' || message.OldStateValue !== 'INSUFFICIENT_DATA';
    if (state === 'INSUFFICIENT_DATA' || !isNews) return { outcome: 'ignored', alarm, sinks: [] };
    const model = alarmedModel(message);
    if (!model) {
      throw new Error(
        `alarm ${alarm} names no model, expected one by dimensions Tenant and Model or by a name like assay/TENANT/MODEL; point it at the topic of output AlarmTopic instead`,
      );
    }
    const rung = {
      name: alarm,
      state,
      description: message.AlarmDescription ?? undefined,
      reason: message.NewStateReason ?? 'no reason given',
      at: message.StateChangeTime ?? new Date().toISOString(),
    };
    const kept = await reportOn(reports, model, rung).catch((fault: unknown) => {
      log.warn('no-report', { ...model, fault: fault instanceof Error ? fault.message : fault });
      return undefined;
    });
    const page = pageMessage(rung, model, kept);
    const outcomes = await Promise.allSettled(
      sinks.map(async (sink) => {
        const mark = `${MessageId} ${sink.name}`;
        if (told.has(mark)) return;
        await sink.tell(page, MessageId);
        if (told.size >= REMEMBERED) told.clear();
        told.add(mark);
      }),
    );
    const failed = outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [`${sinks[i]?.name}: ${messageOf(outcome.reason)}`] : [],
    );
    if (failed.length > 0) {
      throw new Error(
        `${failed.length} of ${sinks.length} sinks were not told of alarm ${alarm}: ${failed.join('; ')}`,
        { cause: outcomes.find((outcome) => outcome.status === 'rejected')?.reason },
      );
    }
    return { outcome: 'told', alarm, sinks: sinks.map(({ name }) => name) };
  };
}

/** Health is checked every hour: what explains drift is further back. */
const EXPLAINED_BY: Readonly<Record<string, CheckKind>> = {
  [COMPOSITE_RULE]: 'drift',
  ModelDriftDetected: 'drift',
  ModelAccuracyDrop: 'performance',
};
const LOOKED_THROUGH = 24;

/**
 * What moved an alarm was due at most so long before: a check comes by an hour late after two faults,
 * and the greatest value of the last hour, which a tick is at most, may hold the alarm up as long.
 */
const MOVES_WITHIN_MS = 3 * HOUR_MS;

interface Rung {
  readonly name: string;
  readonly state: 'ALARM' | 'OK';
  readonly at: string;
}

/** The report that explains an alarm, with what stands by the latest. */
async function reportOn(
  reports: Ports['reports'],
  model: Alarmed,
  rung: Rung,
): Promise<Kept | undefined> {
  const all = await reports.list(model, LOOKED_THROUGH);
  const latest = all[0] && (await reports.get(model, all[0].id));
  if (!latest) return undefined;
  const read = (id: string) =>
    id === latest.report.id ? Promise.resolve(latest) : reports.get(model, id);
  const found = (await reportOfMove(read, rung, all)) ?? (await reportOfKind());
  const { standing } = latest.report;
  return { ...(found ?? latest), ...(standing && { standing }) };

  /** An alarm that comes back with the end of a trial was raised by no check. */
  async function reportOfKind(): Promise<Kept | undefined> {
    const kind = rung.state === 'ALARM' ? EXPLAINED_BY[ruleOf(rung.name)] : undefined;
    const one = all.find(({ kinds }) => kind && kinds.includes(kind));
    return one && read(one.id);
  }
}

/** The latest report that moved what the alarm goes by: later ones do not say why it went off, or ended. */
async function reportOfMove(
  read: (id: string) => Promise<Kept | undefined>,
  { name, state, at }: Rung,
  all: readonly Listed[],
): Promise<Kept | undefined> {
  const recent = all.filter((one) => Date.parse(at) - Date.parse(one.at) <= MOVES_WITHIN_MS);
  for (const { id } of recent) {
    const kept = await read(id);
    if (kept && isMovedBy(kept.report, ruleOf(name), state)) return kept;
  }
  return undefined;
}

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : `${fault}`);

/** The topic always, and whatever else the deployment names. */
function sinksOf(secrets: Secrets): Sink[] {
  const text = (id: string) => () => secrets.text(id);
  const [pagerDuty, url, secret, repository, token] = [
    optionalEnv('PAGER_DUTY_SECRET_ARN'),
    optionalEnv('WEBHOOK_URL'),
    optionalEnv('WEBHOOK_SECRET_ARN'),
    optionalEnv('GITHUB_REPOSITORY'),
    optionalEnv('GITHUB_TOKEN_SECRET_ARN'),
  ];
  const closes = optionalEnv('GITHUB_CLOSES') === 'true';
  return [
    topicSink(new NotificationTopic(env('ALARM_TOPIC_ARN'))),
    ...(pagerDuty ? [pagerDutySink(text(pagerDuty))] : []),
    ...(url && secret ? [webhookSink(url, text(secret), nowSeconds)] : []),
    ...(repository && token ? [githubSink({ repository, token: text(token), closes })] : []),
  ];
}

export const handler = entry(Input, () =>
  notifyOnCall({
    reports: new DriftReports(env('METRICS_TABLE'), new EvidenceBucket(env('EVIDENCE_BUCKET'))),
    sinks: sinksOf(new Secrets()),
    log: new Logger({ serviceName: 'assay' }),
  }),
);
