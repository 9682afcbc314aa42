import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { ModelRegistry } from '#aws/model-registry.ts';
import { PublicKeys as KmsPublicKeys } from '#aws/public-keys.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { endpointOf, type ModelEndpoint, methodsOf } from '#domain/serving/endpoint.ts';
import { serverMetadata } from '#domain/serving/metadata.ts';
import type { AdmissionScope } from '#domain/signing/admission.ts';
import { env } from '../env.ts';
import { type HttpEvent, namedModel, tenantOf } from './http-request.ts';
import { type Facts, type ModelPorts, modelReply } from './model-reply.ts';
import { available, Unavailable } from './outcome.ts';
import type { Clock, PublicKeys } from './ports.ts';
import { readPlacement } from './read-placement.ts';
import { failure, json, type Reply } from './reply.ts';
import { requestBody } from './request-body.ts';
import { RouteCache } from './route-cache.ts';
import { routedVersion } from './routed-version.ts';
import { SessionCache } from './session-cache.ts';
import { stagedVersion } from './staged-version.ts';
import { VerifiedModels } from './verified-models.ts';

/** Of the protocol this server speaks, not of any model. */
const SERVER_VERSION = '1';
/** API Gateway gives up on a function after 30 s. */
const DEADLINE_MS = 25_000;
const RETRY = { 'retry-after': '1' };

export interface InferPorts extends ModelPorts {
  readonly keys: PublicKeys;
  readonly clock: Clock;
  readonly log: Log;
}

interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** Serves the Open Inference Protocol v2 and SageMaker's form over HTTP; one log line a request, without features. */
export const infer =
  (ports: InferPorts) =>
  async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const startedAt = ports.clock();
    const { method } = event.requestContext.http;
    const facts: Facts = {};
    const faults: unknown[] = [];
    const reply = await withinDeadline(
      answer(ports, event, facts).catch((error: unknown) => {
        faults.push(error);
        return faultReply(error);
      }),
    );
    const { status, error, headers, body } = reply;
    const line = { ...facts, method, status, error, latencyMs: ports.clock() - startedAt };
    const [fault] = faults;
    if (status < 500) ports.log.info('answered', line);
    else ports.log.error('answered', { ...line, ...(fault instanceof Error && { fault }) });
    const text = typeof body === 'string' ? body : Buffer.from(body).toString('base64');
    return {
      statusCode: status,
      headers: { 'content-type': 'application/json', ...headers },
      body: method === 'HEAD' ? '' : text,
      ...(body !== text && { isBase64Encoded: true }),
    };
  };

async function answer(ports: InferPorts, event: HttpEvent, facts: Facts): Promise<Reply> {
  const { method } = event.requestContext.http;
  const endpoint = endpointOf(event.rawPath);
  if (!endpoint) {
    return failure('not-found', `no such path: ${event.rawPath.slice(0, 200)}; start at GET /v2`);
  }
  const methods = methodsOf(endpoint);
  if (!methods.includes(method)) {
    const allow = methods.join(', ');
    return failure('method-not-allowed', `method: got ${method}, expected ${allow}`, { allow });
  }
  switch (endpoint.kind) {
    case 'server':
      return json(serverMetadata(SERVER_VERSION));
    case 'live':
      return json({ live: true });
    case 'ready':
      await available('the keys', Promise.all([ports.keys.artifact(), ports.keys.attestation()]));
      return json({ ready: true });
    case 'invocations': {
      const named = namedModel(event);
      return named.ok ? answerOfModel(ports, event, named.value, facts) : named.reply;
    }
    case 'model':
    case 'model-ready':
    case 'infer':
      return answerOfModel(ports, event, endpoint, facts);
  }
}

async function answerOfModel(
  ports: InferPorts,
  event: HttpEvent,
  endpoint: ModelEndpoint,
  facts: Facts,
): Promise<Reply> {
  const tenant = tenantOf(event);
  if (!tenant.ok) return tenant.reply;
  if (endpoint.kind !== 'infer') {
    return modelReply(ports, tenant.value, endpoint, undefined, facts);
  }
  const body = requestBody(event);
  return body.ok ? modelReply(ports, tenant.value, endpoint, body.value, facts) : body.reply;
}

function faultReply(error: unknown): Reply {
  return error instanceof Unavailable
    ? failure('unavailable', error.message, RETRY)
    : failure('internal', 'the server failed on this request; try again, then report the time');
}

/** A load that outlasts its request goes on, and the next request finds it further along. */
function withinDeadline(reply: Promise<Reply>): Promise<Reply> {
  let timer: NodeJS.Timeout;
  const late = new Promise<Reply>((resolve) => {
    const message = `no answer within ${DEADLINE_MS / 1000} s: the model may still be loading; try again`;
    timer = setTimeout(() => resolve(failure('deadline', message, RETRY)), DEADLINE_MS);
  });
  return Promise.race([reply, late]).finally(() => clearTimeout(timer));
}

/** Where a function finds versions, by the scope of the admission that they need. */
const LOCATE = {
  ADMITTED: (registry: ModelRegistry, clock: Clock) =>
    routedVersion(new RouteCache((tenant, model) => readPlacement(registry, tenant, model), clock)),
  STAGING: stagedVersion,
} as const satisfies Record<AdmissionScope, unknown>;

function wire(scope: AdmissionScope): ReturnType<typeof infer> {
  const log = new Logger({ serviceName: 'assay' });
  const clock = Date.now;
  const registry = new ModelRegistry(new RegistryTable(env('REGISTRY_TABLE')));
  const kms = new KmsPublicKeys();
  const keys: PublicKeys = {
    artifact: () => kms.of(env('ARTIFACT_KEY_ARN')),
    attestation: () => kms.of(env('ATTESTATION_KEY_ARN')),
  };
  const models = new VerifiedModels(
    {
      evidence: new EvidenceBucket(env('EVIDENCE_BUCKET')),
      artifacts: new ArtifactBucket(env('ARTIFACT_BUCKET')),
      keys,
      scope,
    },
    new SessionCache(Number(env('SESSION_CACHE_MIB')) * 1024 * 1024),
    clock,
    ({ tenant, model, version }, { what, got, expected }) =>
      log.error('integrity-mismatch', { tenant, model, version, what, got, expected }),
  );
  return infer({ locate: LOCATE[scope](registry, clock), models, keys, clock, log });
}

/** A Lambda handler that loads what has an admission of this scope, wired on its first request. */
export function inferWithin(
  scope: AdmissionScope,
): (event: HttpEvent) => Promise<APIGatewayProxyStructuredResultV2> {
  let serve: ReturnType<typeof infer> | undefined;
  return (event) => {
    serve ??= wire(scope);
    return serve(event);
  };
}

export const handler = inferWithin('ADMITTED');
