import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import type { PolicyOverlay } from '#domain/gates/policy-overlay.ts';
import { rollbackKey, rolloutKey } from '#domain/registry/keys.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RolloutRecord, RolloutStatus } from '#domain/rollout/record.ts';
import type { RollbackRecord, RollbackStatus } from '#domain/rollout/rollback-record.ts';
import type { Candidate, RouteDocument } from '#domain/serving/routing/route-document.ts';
import { type FaultyModel, faultyModel } from '../../support/faulty-models.ts';
import { artifactOf, replaceFile } from './artifact.ts';
import { api, assay } from './assay.ts';
import { dynamodb } from './clients.ts';
import { routeOf, versionOf } from './registry.ts';
import { until } from './until.ts';
import { mapPerson, upload } from './upload.ts';

const { folder, outputs } = inject('cloud');
const PRINCIPAL = 'AROAROLLOUTS:ci';
const POLICY = new URL('../../../examples/rollout/policy.json', import.meta.url);
const PEOPLE = ['submitter', 'reviewer-1', 'reviewer-2', 'admin-1', 'admin-2'];
/** Several models are judged, and serve, at the same time on a few cores. */
const PATIENCE_MS = 150_000;

/** Signs everybody in that the tests speak for, one after the other. */
export async function gather(): Promise<void> {
  await mapPerson(PRINCIPAL, 'ci', ['data_scientist']);
  for (const person of PEOPLE) await api(person, 'GET', '/governance/whoami');
}

/**
 * Lets a model's versions be tried by the policy of the example, and by `rollout` where that says
 * otherwise. Its gates allow for a machine on which others are busy; fewer requests leave the load
 * gate in doubt of the share that may fail.
 */
export async function trialPolicy(model: string, rollout: object = {}): Promise<void> {
  const example: PolicyOverlay = JSON.parse(readFileSync(POLICY, 'utf8'));
  const overlay = {
    ...example,
    rollout: { ...example.rollout, ...rollout },
    performance: { latencyResolutionMs: 100, memoryResolutionMiB: 512 },
    load: {
      ...{ concurrency: 2, warmUpRequests: 2, requests: 80 },
      ...{ p95WarnMs: 10_000, p95MaxMs: 10_000 },
    },
  };
  const file = join(folder, `policy-${model}.json`);
  writeFileSync(file, JSON.stringify(overlay));
  const set = (admin: string) => assay(admin, 'policy', 'set', model, '--file', file);
  await set('admin-1');
  const { code, stderr } = await set('admin-2');
  if (code !== 0) throw new Error(`the policy of ${model} was not set: ${stderr}`);
}

/** A faulty model as a version of its own. */
export function faultyArtifact(model: string, name: FaultyModel, version: string): string {
  const copy = artifactOf(model, '1.1.0-better', (manifest) => ({
    ...manifest,
    version,
    ...(manifest.lineage && {
      lineage: { ...manifest.lineage, parents: version === '1.0.0' ? [] : ['1.0.0'] },
    }),
  }));
  replaceFile(copy, 'model.onnx', readFileSync(faultyModel(name)));
  return copy;
}

/** Uploads a version and has it approved by two people. */
async function approved(model: string, artifact: string, version: string): Promise<void> {
  await upload(artifact, { principal: PRINCIPAL, model });
  const id = await until(
    `an approval of ${model}@${version}`,
    async () => {
      const record = await versionOf(model, version);
      if (record?.state === 'FAILED') {
        throw new Error(`${model}@${version} failed: ${record.failure}`);
      }
      return record?.approval;
    },
    PATIENCE_MS,
  );
  for (const person of ['reviewer-1', 'reviewer-2']) {
    const { code, stderr } = await assay(person, 'approve', id);
    if (code !== 0) throw new Error(`${person} could not approve ${model}@${version}: ${stderr}`);
  }
}

/** Brings the first version of a model to production. */
export async function inProduction(
  model: string,
  artifact: string,
  version = '1.0.0',
): Promise<VersionRecord> {
  await approved(model, artifact, version);
  return until(
    `${model}@${version} in PRODUCTION`,
    async () => {
      const record = await versionOf(model, version);
      return record?.state === 'PRODUCTION' ? record : undefined;
    },
    PATIENCE_MS,
  );
}

/** Brings a further version as far as its trial. */
export async function onTrial(
  model: string,
  artifact: string,
  version = '1.1.0',
): Promise<RolloutRecord> {
  await approved(model, artifact, version);
  return rolloutIn(model, 'RUNNING');
}

async function items<T>({ PK, SK }: { PK: string; SK: string }): Promise<T[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: outputs.RegistryTable,
      KeyConditionExpression: 'PK = :pk AND begins_with(SK, :sk)',
      ExpressionAttributeValues: { ':pk': PK, ':sk': SK },
      ConsistentRead: true,
    }),
  );
  return Items as T[];
}

const of = (model: string) => ({ tenant: 'default', model });

/** Oldest first. */
const rolloutsOf = (model: string) => items<RolloutRecord>(rolloutKey(of(model), ''));
export const rollbacksOf = (model: string) => items<RollbackRecord>(rollbackKey(of(model), ''));

/** The latest rollout. @throws Error where a model has none. */
export async function rolloutOf(model: string): Promise<RolloutRecord> {
  const latest = (await rolloutsOf(model)).at(-1);
  if (!latest) throw new Error(`${model} has no rollout`);
  return latest;
}

/** The latest rollout once it has a status. @throws Error when it ends in another. */
export const rolloutIn = (
  model: string,
  status: RolloutStatus,
  after?: string,
): Promise<RolloutRecord> =>
  until(
    `a rollout of ${model} that is ${status}`,
    async () => {
      const latest = (await rolloutsOf(model)).at(-1);
      if (!latest || latest.id === after) return undefined;
      if (latest.status === status) return latest;
      if (latest.ended) {
        throw new Error(`the rollout of ${model} is ${latest.status}: ${latest.ended.reason}`);
      }
      return undefined;
    },
    PATIENCE_MS,
  );

const PENDING: readonly RollbackStatus[] = ['RUNNING', 'ROLLED_BACK'];

/** The rollback of a model that found something to do, once its effect was watched. */
export const rollbackDone = (model: string, seen = 0): Promise<RollbackRecord> =>
  until(
    `a rollback of ${model} that has ended`,
    async () => {
      const acted = (await rollbacksOf(model)).filter(({ killed }) => killed);
      const next = acted[seen];
      return next && !PENDING.includes(next.status) ? next : undefined;
    },
    PATIENCE_MS,
  );

/** @throws Error where a model serves nowhere. */
export async function routeDocumentOf(model: string): Promise<RouteDocument> {
  const route = await routeOf(model);
  if (!route) throw new Error(`${model} has no route`);
  return route as unknown as RouteDocument;
}

/** The candidate once users get its answers. @throws Error when its rollout ends before. */
export const inCanary = (model: string, share = 0): Promise<Candidate> =>
  until(
    `a canary of ${model} with more than ${share}`,
    async () => {
      const { candidate } = await routeDocumentOf(model);
      if (candidate && candidate.mode !== 'shadow' && candidate.share > share) return candidate;
      const { status, ended } = await rolloutOf(model);
      if (ended) throw new Error(`the rollout of ${model} is ${status}: ${ended.reason}`);
      return undefined;
    },
    PATIENCE_MS,
  );
