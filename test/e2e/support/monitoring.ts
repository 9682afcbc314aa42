import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import type { CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { monitoringKey } from '#domain/registry/keys.ts';
import type { OnCall } from '../../../local/demo/on-call.ts';
import { evaluationRows, type LabelledRow } from '../../support/faulty-models.ts';
import { unlike } from './answer.ts';
import { api, assay } from './assay.ts';
import { dynamodb, lambda } from './clients.ts';
import { until } from './until.ts';

const { endpoint, folder, outputs } = inject('cloud');
const options = {
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
export const sqs = new SQSClient(options);
const cloudWatch = new CloudWatchClient(options);

const CLIENT = 'submitter';
const LABELS = ['malignant', 'benign'];
const ROWS = evaluationRows();
/** Rows that a process counts before it writes, and how long after it last did. */
const BATCH = 1000;
const WRITE_GAP_MS = 5_000;

const of = (model: string) => ({ tenant: 'default', model });

/**
 * Lets a model be watched in seconds rather than hours: every sweep checks it, one check raises an
 * alarm, and hundreds of rows are enough to judge by.
 */
export async function watchPolicy(model: string, overlay: object = {}): Promise<void> {
  const file = join(folder, `watch-${model}.json`);
  writeFileSync(
    file,
    JSON.stringify({
      dataset: { rowsMin: 300, maxAgeDays: 14_000 },
      rollout: { trial: false },
      rollback: { validationSeconds: 3 },
      monitoring: {
        ...{ samplesMin: 100, raiseAfter: 1, raiseOf: 1, clearAfter: 1 },
        ...{ driftHours: 0.0001, performanceHours: 0.0001, healthMinutes: 0.001 },
      },
      ...overlay,
    }),
  );
  for (const admin of ['admin-1', 'admin-2']) {
    const { code, stderr } = await assay(admin, 'policy', 'set', model, '--file', file);
    if (admin === 'admin-2' && code !== 0) throw new Error(`policy of ${model}: ${stderr}`);
  }
}

/**
 * Asks for thousands of rows, drawn from those that the example is judged by, and `changed`; and
 * for one more once all of them are to be written.
 */
export async function askMany(
  model: string,
  batches: number,
  changed: (row: readonly number[]) => readonly number[] = (row) => row,
): Promise<void> {
  const ask = async (length: number) => {
    const rows = Array.from({ length }, () => changed(unlike(drawn()).features));
    const { status, body } = await api(CLIENT, 'POST', `/v2/models/${model}/infer`, {
      inputs: [
        {
          name: 'features',
          shape: [rows.length, rows[0]?.length],
          datatype: 'FP32',
          data: rows.flat(),
        },
      ],
    });
    if (status !== 200) throw new Error(`${model} answered ${status}: ${JSON.stringify(body)}`);
  };
  for (let batch = 0; batch < batches; batch++) await ask(BATCH);
  await pause(WRITE_GAP_MS);
  await ask(1);
}

const drawn = (): LabelledRow => ROWS[Math.floor(Math.random() * ROWS.length)] as LabelledRow;

/** Runs the sweep that a schedule runs. @returns when it was due */
export async function sweep(...kinds: CheckKind[]): Promise<number> {
  const at = Date.now();
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: outputs.SweepModelsFunction,
      Payload: JSON.stringify({ at: new Date(at).toISOString(), kinds }),
    }),
  );
  if (FunctionError) throw new Error(Payload?.transformToString());
  return at;
}

export async function monitoringOf(model: string): Promise<Monitoring | undefined> {
  const { Item } = await dynamodb.send(
    new GetCommand({
      TableName: outputs.RegistryTable,
      Key: { ...monitoringKey(of(model)) },
      ConsistentRead: true,
    }),
  );
  return Item as Monitoring | undefined;
}

/** What is known of a model once a sweep's check of it was made. */
export const checked = (model: string, kind: CheckKind, at: number): Promise<Monitoring> =>
  until(`the check of ${model}`, async () => {
    const state = await monitoringOf(model);
    return (state?.checkedAt[kind] ?? 0) >= at ? state : undefined;
  });

export async function alarmStates(prefix: string): Promise<Record<string, string>> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({
      AlarmNamePrefix: prefix,
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    }),
  );
  return Object.fromEntries(
    [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = '', StateValue = '' }) => [
      AlarmName,
      StateValue,
    ]),
  );
}

/** The alarm as it is, but of one short period: three of an hour are too long to wait for. */
export async function shorten(name: string, seconds: number): Promise<void> {
  const { MetricAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name] }),
  );
  const { AlarmName, ComparisonOperator, ...alarm } = MetricAlarms[0] ?? {};
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      ...{ ...alarm, AlarmName, ComparisonOperator },
      ...{ Period: seconds, EvaluationPeriods: 1, DatapointsToAlarm: 1 },
    }),
  );
}

/** The first message from now on that says all of `words`. */
export const hears = (onCall: OnCall, ...words: string[]): Promise<string> =>
  until(`a message with ${words.join(', ')}`, async () =>
    (await onCall.heard()).find((text) => words.every((word) => text.includes(word))),
  );

/** Asks row by row, and tells what came true of each: the label, or its opposite. */
export async function labelled(model: string, requests: number, right: boolean): Promise<void> {
  const outcomes: object[] = [];
  for (let request = 0; request < requests; request++) {
    const { features } = unlike(drawn());
    const { body } = await api(CLIENT, 'POST', `/v2/models/${model}/infer`, {
      inputs: [{ name: 'features', shape: [1, features.length], datatype: 'FP32', data: features }],
    });
    const { parameters, outputs: answers } = body as unknown as Answered;
    const label = answers.find(({ name }) => name === 'label')?.data[0];
    const [predicted, other] = label === 0 ? LABELS : LABELS.toReversed();
    outcomes.push({ decision: parameters.decision, predicted, truth: right ? predicted : other });
  }
  for (let from = 0; from < outcomes.length; from += 40) {
    const { status, body } = await api(CLIENT, 'POST', `/v2/models/${model}/outcomes`, {
      outcomes: outcomes.slice(from, from + 40),
    });
    if (status !== 200 || (body.refused as unknown[]).length > 0) {
      throw new Error(`outcomes were answered ${status}: ${JSON.stringify(body)}`);
    }
  }
}

interface Answered {
  readonly parameters: { readonly decision?: string };
  readonly outputs: readonly { readonly name: string; readonly data: readonly unknown[] }[];
}
