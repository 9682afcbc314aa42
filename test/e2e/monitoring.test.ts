import { GetObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { hourOf } from '#domain/monitoring/capture/seen.ts';
import { Drawing } from '#domain/monitoring/dashboard/drawing.ts';
import type { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { OnCall } from '../../local/demo/on-call.ts';
import { artifactOf } from './support/artifact.ts';
import { api, assay } from './support/assay.ts';
import { dynamodb, s3 } from './support/clients.ts';
import { counted, coverageOf, invocations } from './support/invocations.ts';
import {
  alarmStates,
  askMany,
  checked,
  hears,
  labelled,
  monitoringOf,
  shorten,
  sqs,
  sweep,
  watchPolicy,
} from './support/monitoring.ts';
import { entriesAbout, versionOf } from './support/registry.ts';
import {
  faultyArtifact,
  gather,
  inProduction,
  rollbackDone,
  routeDocumentOf,
} from './support/rollouts.ts';
import { until } from './support/until.ts';

const { endpoint, outputs } = inject('cloud');
const DRIFTING = 'watched-inputs';
const FAILING = 'watched-accuracy';

beforeAll(async () => {
  await gather();
  await watchPolicy(DRIFTING);
  await watchPolicy(FAILING);
  await Promise.all([
    inProduction(DRIFTING, artifactOf(DRIFTING)),
    inProduction(FAILING, artifactOf(FAILING)),
  ]);
});

async function reportOf(model: string): Promise<DriftReport> {
  const { latest } = (await monitoringOf(model)) ?? {};
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket: outputs.EvidenceBucket, Key: latest?.json.key }),
  );
  return JSON.parse((await Body?.transformToString()) ?? '') as DriftReport;
}

describe('a model in production', () => {
  it('is quiet while its traffic is like the rows that it was judged by', async () => {
    await askMany(DRIFTING, 2);
    const at = await sweep('drift', 'performance', 'health');
    const state = await checked(DRIFTING, 'drift', at);
    expect(Object.values(state.alarms).filter(({ raised }) => raised)).toEqual([]);
    expect(state.blocked).toBe(false);
    const { windows, notes } = await reportOf(DRIFTING);
    expect(windows[0]?.inputs.outcome, notes.join('\n')).toBe('STABLE');
    expect(windows[0]?.counted).toBeGreaterThanOrEqual(2000);
    const states = await alarmStates(`assay/default/${DRIFTING}`);
    expect(Object.keys(states).length).toBeGreaterThanOrEqual(7);
    expect(Object.values(states)).not.toContain('ALARM');
  });

  it('is checked although the message before it is poison, and another model cannot be', async () => {
    const garbage = {
      PK: `T#default#H#${FAILING}`,
      SK: `RAW#${(await routeDocumentOf(FAILING)).stable.digest.slice(0, 16)}#${String(hourOf(Date.now())).padStart(10, '0')}#garbage`,
    };
    const TableName = outputs.MetricsTable;
    await dynamodb.send(new PutCommand({ TableName, Item: { ...garbage, seen: 'no bytes' } }));
    await sqs.send(
      new SendMessageCommand({ QueueUrl: outputs.CheckQueueUrl, MessageBody: 'no message' }),
    );
    const at = await sweep('drift');
    await checked(DRIFTING, 'drift', at);
    expect((await monitoringOf(FAILING))?.checkedAt.drift ?? 0).toBeLessThan(at);
    await dynamodb.send(new DeleteCommand({ TableName, Key: garbage }));
  });

  it('that drifts pages, blocks other versions and proposes to train anew', async () => {
    const onCall = await OnCall.of(endpoint, outputs.AlarmTopic ?? '');
    await askMany(DRIFTING, 4, (row) => row.map((value) => value * 1.6));
    const at = await sweep('drift');
    const state = await checked(DRIFTING, 'drift', at);
    expect(state.alarms['input-drift']?.raised).not.toBeNull();
    expect(state.blocked).toBe(true);

    const page = await hears(onCall, DRIFTING, 'assay rollback', 'runbook');
    expect(page).toMatch(/features\//);
    const report = await reportOf(DRIFTING);
    expect(report.windows[0]?.inputs.drifted.length).toBeGreaterThan(10);
    const { code, json } = await assay('submitter', 'drift', DRIFTING);
    expect(code).toBe(1);
    expect(json).toMatchObject({ model: DRIFTING });

    const types = (await entriesAbout(DRIFTING)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['drift.detected', 'promotion.blocked', 'retraining.requested']),
    );
    expect((await routeDocumentOf(DRIFTING)).stable.version).toBe('1.0.0');
    expect(await alarmStates(`assay/default/${FAILING}`)).not.toContain('ALARM');
  });
});

it('a model that was checked has its lines on the dashboard, for its tenant alone', async () => {
  const { status, body } = await api('submitter', 'GET', '/governance/dashboard');
  expect(status, JSON.stringify(body)).toBe(200);
  const { widgets, name } = Drawing.parse(body);
  expect(name).toBe(outputs.DashboardName);
  expect(widgets).toHaveLength(6);
  const linesOf = (title: string, panel: string) =>
    widgets
      .find((widget) => widget.title === title)
      ?.panels.find((one) => one.name === panel)
      ?.lines.map(({ label }) => label);
  expect(linesOf('data_drift_scores', 'inputs')).toContain(DRIFTING);
  const served = widgets.flatMap(({ adoption }) => adoption?.served ?? []);
  expect(served).toContainEqual({ model: DRIFTING, production: '1.0.0' });
  expect(widgets.flatMap(({ panels }) => panels).some(({ shared }) => shared)).toBe(false);
});

it('each request over HTTP is an invocation, by which the sweep tells how many were counted', async () => {
  const before = await invocations();
  const hour = hourOf(Date.now());
  for (let request = 0; request < 3; request++) {
    expect((await api('submitter', 'GET', `/v2/models/${DRIFTING}`)).status).toBe(200);
  }
  const invoked = await invocations();
  expect(invoked - before).toBe(3);

  const told = await counted(hour);
  expect(told).toBeGreaterThan(0);
  const coverage = await coverageOf(hour);
  expect(coverage).toBeGreaterThanOrEqual(told / invoked);
  expect(coverage).toBeLessThanOrEqual(1);

  const { body } = await api('admin-1', 'GET', '/governance/dashboard');
  const lines = Drawing.parse(body).widgets.flatMap(({ title, panels }) =>
    panels.flatMap((panel) => panel.lines.map(({ label }) => `${title}: ${label}`)),
  );
  // Sums are drawn once their quarter of an hour is over.
  expect(lines).toContain('resource_utilization: at once');
  expect(lines).toContain('prediction_latency_distribution: all requests p95');
});

it('a model that nobody checks any more trips its heartbeat, until it is checked again', async () => {
  const name = `assay/default/${DRIFTING}/ModelCheckMissing`;
  await shorten(name, 10);
  await until('the heartbeat is missed', async () =>
    (await alarmStates(name))[name] === 'ALARM' ? true : undefined,
  );
  await checked(DRIFTING, 'health', await sweep('health'));
  await until('the heartbeat is back', async () =>
    (await alarmStates(name))[name] === 'OK' ? true : undefined,
  );
});

it('a version whose answers come false is rolled back', async () => {
  await inProduction(FAILING, faultyArtifact(FAILING, 'healthy', '1.1.0'), '1.1.0');
  await labelled(FAILING, 120, true);
  const before = await checked(FAILING, 'performance', await sweep('performance'));
  expect(before.alarms.accuracy?.raised ?? null).toBeNull();
  expect((await reportOf(FAILING)).accuracy?.measured?.now).toBe(1);

  await labelled(FAILING, 240, false);
  await sweep('performance');
  const rollback = await rollbackDone(FAILING);
  expect(rollback).toMatchObject({ version: '1.1.0', killed: { to: '1.0.0' } });
  expect(rollback.request.reason).toContain('accuracy');
  await until('1.0.0 in production again', async () =>
    (await versionOf(FAILING, '1.0.0'))?.state === 'PRODUCTION' ? true : undefined,
  );
});
