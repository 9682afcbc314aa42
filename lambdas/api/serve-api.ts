import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Hono } from 'hono';
import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { AskedChecks } from '#aws/asked-checks.ts';
import { CheckQueue } from '#aws/check-queue.ts';
import { Dashboards } from '#aws/dashboards.ts';
import { DriftReports } from '#aws/drift-reports.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ExperimentMachine } from '#aws/experiment-machine.ts';
import { Experiments } from '#aws/experiments.ts';
import { GateResults } from '#aws/gate-results.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { MonitoringStates } from '#aws/monitoring.ts';
import { People } from '#aws/people.ts';
import { Policies } from '#aws/policies.ts';
import { PublicKeys } from '#aws/public-keys.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ReleaseClaims } from '#aws/release-claims.ts';
import { RollbackMachine } from '#aws/rollback-machine.ts';
import { Rollbacks } from '#aws/rollbacks.ts';
import { RolloutMachine } from '#aws/rollout-machine.ts';
import { Rollouts } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import { TaskTokens } from '#aws/task-tokens.ts';
import { UploadSessions } from '#aws/upload-sessions.ts';
import { env } from '../env.ts';
import { governanceApi } from './app.ts';
import type { Api } from './caller.ts';

/** What is read of an HTTP API event, payload format 2.0. */
const HttpEvent = z.object({
  rawPath: z.string().check(z.startsWith('/')),
  rawQueryString: z.string(),
  body: z.nullish(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
  requestContext: z.object({
    requestId: z.string(),
    http: z.object({ method: z.string() }),
    authorizer: z.nullish(z.object({ jwt: z.nullish(z.object({ claims: z.unknown() })) })),
  }),
});

/** Answers an HTTP API event by an app; `wire` runs once per sandbox, on the first event. */
export function serve(
  wire: () => Hono<Api>,
): (event: unknown) => Promise<APIGatewayProxyStructuredResultV2> {
  let app: Hono<Api> | undefined;
  return async (event) => {
    const { rawPath, rawQueryString, body, isBase64Encoded, requestContext } =
      HttpEvent.parse(event);
    const { method } = requestContext.http;
    app ??= wire();
    const response = await app.request(
      `https://api${rawPath}?${rawQueryString}`,
      {
        method,
        // The Request class refuses a body with these two; the API reads none of them.
        ...(method !== 'GET' &&
          method !== 'HEAD' && {
            body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
          }),
      },
      {
        claims: requestContext.authorizer?.jwt?.claims,
        requestId: requestContext.requestId,
      },
    );
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  };
}

export const handler = serve(() => {
  const log = new Logger({ serviceName: 'assay' });
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  const bucket = env('ARTIFACT_BUCKET');
  const evidence = new EvidenceBucket(env('EVIDENCE_BUCKET'));
  const region = env('AWS_REGION');
  const roleArn = env('UPLOAD_ROLE_ARN');
  const [, partition, , , accountId = ''] = roleArn.split(':');
  return governanceApi({
    people: new People(table),
    sessions: new UploadSessions(roleArn, `arn:${partition}:s3:::${bucket}`),
    bucket,
    region,
    claims: new ReleaseClaims(table),
    registry: new ModelRegistry(table),
    results: new GateResults(table),
    evidence,
    artifacts: new ArtifactBucket(bucket),
    approvals: new Approvals(table),
    policies: new Policies(table),
    rollouts: new Rollouts(table),
    rolloutMachine: new RolloutMachine(env('ROLLOUT_MACHINE_ARN')),
    rollbacks: new Rollbacks(table),
    rollbackMachine: new RollbackMachine(env('ROLLBACK_MACHINE_ARN')),
    experiments: new Experiments(table),
    experimentMachine: new ExperimentMachine(env('EXPERIMENT_MACHINE_ARN')),
    monitoring: new MonitoringStates(table),
    reports: new DriftReports(env('METRICS_TABLE'), evidence),
    checks: new AskedChecks(env('METRICS_TABLE'), new CheckQueue(env('CHECK_QUEUE_URL'))),
    tickMinutes: Number(env('TICK_MINUTES')),
    dashboard: { region, name: env('DASHBOARD') },
    dashboards: new Dashboards(),
    drawn: { accountId, infer: env('INFER_FUNCTION_ARN').split(':').at(-1) ?? '' },
    routes: new Routes(table),
    tokens: new TaskTokens(),
    keys: new PublicKeys(),
    artifactKeyArn: env('ARTIFACT_KEY_ARN'),
    attestationKeyArn: env('ATTESTATION_KEY_ARN'),
    log: {
      decided: (line) => log.info('decided', { ...line }),
      fault: (error, requestId) => log.error('fault', { error, requestId }),
    },
  });
});
