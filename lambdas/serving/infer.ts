import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { endpointOf, type ModelEndpoint, methodsOf } from '#domain/serving/endpoint.ts';
import { serverMetadata } from '#domain/serving/metadata.ts';
import type { AdmissionScope } from '#domain/signing/admission.ts';
import type { Capture } from './capture/capture.ts';
import { Watch } from './capture/watch.ts';
import { type HttpEvent, namedModel, tenantOf } from './http-request.ts';
import { type ModelPorts, modelReply } from './model-reply.ts';
import { available, Unavailable } from './outcome.ts';
import type { PublicKeys } from './ports.ts';
import { questionOf } from './question.ts';
import { type ErrorKind, failure, json, type Reply } from './reply.ts';
import type { Request } from './request.ts';
import { requestBody } from './request-body.ts';
import { noticeOfShutdown } from './shutdown.ts';
import { Tally, type WriteMetrics } from './tally.ts';
import { servingPorts, stagingPorts } from './wire.ts';

/** Of the protocol this server speaks, not of any model. */
const SERVER_VERSION = '1';
/** API Gateway gives up on a function after 30 s. */
const DEADLINE_MS = 25_000;
const RETRY = { 'retry-after': '1' };

export interface InferPorts extends ModelPorts {
  readonly keys: PublicKeys;
  readonly log: Log;
  readonly writeMetrics: WriteMetrics;
  /** Where nobody watches what versions take and answer there is none. */
  readonly capture?: Pick<Capture, 'invoked' | 'expect' | 'told' | 'flushed'>;
}

/** What a request gathers on its way. */
type Gathered = Omit<Request, 'tenant' | 'model' | 'question'>;

interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** Serves the Open Inference Protocol v2 and SageMaker's form over HTTP; one log line a request, without features. */
export const infer =
  (ports: InferPorts) =>
  async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const startedAt = ports.clock();
    const watch = new Watch(ports.capture);
    watch.invoked();
    const { method } = event.requestContext.http;
    const deadlineAt = startedAt + DEADLINE_MS;
    const gathered: Gathered = { deadlineAt, facts: {}, tally: new Tally(), beside: [], watch };
    const faults: unknown[] = [];
    const reply = await withinDeadline(
      answer(ports, event, gathered).catch((error: unknown) => {
        faults.push(error);
        return faultReply(error);
      }),
      () => watch.unanswered('late'),
    );
    // A model's reply has waited for it.
    if (gathered.facts.model === undefined) await watch.flushed();
    const { status, error, headers, body } = reply;
    const [fault] = faults;
    const [captureFault] = watch.faults;
    const line = {
      ...gathered.facts,
      ...{ method, status, error, latencyMs: ports.clock() - startedAt },
      ...(captureFault !== undefined && { captureFault }),
    };
    if (status < 500) ports.log.info('answered', line);
    else ports.log.error('answered', { ...line, ...(fault instanceof Error && { fault }) });
    tell(gathered, error, ports.writeMetrics, status);
    const text = typeof body === 'string' ? body : Buffer.from(body).toString('base64');
    return {
      statusCode: status,
      headers: { 'content-type': 'application/json', ...headers },
      body: method === 'HEAD' ? '' : text,
      ...(body !== text && { isBase64Encoded: true }),
    };
  };

async function answer(ports: InferPorts, event: HttpEvent, gathered: Gathered): Promise<Reply> {
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
      return named.ok ? answerOfModel(ports, event, named.value, gathered) : named.reply;
    }
    case 'model':
    case 'model-ready':
    case 'infer':
      return answerOfModel(ports, event, endpoint, gathered);
  }
}

async function answerOfModel(
  ports: InferPorts,
  event: HttpEvent,
  endpoint: ModelEndpoint,
  gathered: Gathered,
): Promise<Reply> {
  const tenant = tenantOf(event);
  if (!tenant.ok) return tenant.reply;
  if (endpoint.kind !== 'infer') {
    return modelReply(ports, tenant.value, endpoint, undefined, gathered);
  }
  const body = requestBody(event);
  if (!body.ok) return body.reply;
  const question = questionOf(body.value, event.requestContext.requestId);
  return modelReply(ports, tenant.value, endpoint, question, gathered);
}

/** Of models only that have the version asked: a made-up name would be a metric of its own. */
function tell(
  { facts: { tenant, model, version }, tally, watch }: Gathered,
  error: ErrorKind | undefined,
  write: WriteMetrics,
  status: number,
): void {
  const { length: value } = watch.faults;
  if (value > 0) write({ Fleet: 'All' }, { CaptureFailed: { value, unit: 'Count' } });
  if (tenant === undefined || model === undefined || version === undefined) return;
  if (error && status >= 500) tally.add(version, `Error-${error}`);
  tally.write(tenant, model, write);
}

function faultReply(error: unknown): Reply {
  return error instanceof Unavailable
    ? failure('unavailable', error.message, RETRY)
    : failure('internal', 'the server failed on this request; try again, then report the time');
}

/** A load that outlasts its request goes on, and the next request finds it further along. */
function withinDeadline(reply: Promise<Reply>, onLate: () => void): Promise<Reply> {
  let timer: NodeJS.Timeout;
  const late = new Promise<Reply>((resolve) => {
    const message = `no answer within ${DEADLINE_MS / 1000} s: the model may still be loading; try again`;
    timer = setTimeout(() => {
      onLate();
      resolve(failure('deadline', message, RETRY));
    }, DEADLINE_MS);
  });
  return Promise.race([reply, late]).finally(() => clearTimeout(timer));
}

/** A Lambda handler that loads what has an admission of this scope, wired on its first request. */
export function inferWithin(scope: AdmissionScope): ReturnType<typeof infer> {
  let serve: ReturnType<typeof infer> | undefined;
  return (event) => {
    serve ??= infer(scope === 'STAGING' ? stagingPorts() : servingPorts());
    return serve(event);
  };
}

await noticeOfShutdown();

export const handler = inferWithin('ADMITTED');
