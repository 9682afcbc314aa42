import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { GateResults } from '#aws/gate-results.ts';
import { MAX_OUTCOMES, Outcomes } from '#aws/outcomes.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { TenantKeys } from '#aws/tenant-keys.ts';
import { Truths } from '#aws/truths.ts';
import { problemText, readBy } from '#domain/registry/problem.ts';
import { ModelName } from '#domain/registry/subject.ts';
import { env } from '../env.ts';
import { type CountPorts, countOutcomes } from './count-outcomes.ts';
import { type HttpEvent, type Part, refuse, tenantOf } from './http-request.ts';
import { OwnLabels } from './own-labels.ts';
import type { Clock } from './ports.ts';
import { readOutcome } from './read-outcome.ts';
import { failure, json, type Reply } from './reply.ts';

export interface RecordPorts extends CountPorts {
  readonly keys: Pick<TenantKeys, 'of'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

/** What it was about, for the log. */
interface Facts {
  tenant?: string;
  model?: string;
  accepted?: number;
  repeated?: number;
  refused?: number;
}

/** 40 outcomes with five groups each have 50 kB. */
const MAX_BODY_BYTES = 256 * 1024;
const REMEDY = 'send {"outcomes": [{"decision": …, "truth": …, "predicted": …}]}';

const Body = z.strictObject({
  outcomes: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_OUTCOMES)),
});

/**
 * Counts what came of decisions, as clients learn it, however late:
 * `POST /v2/models/{model}/outcomes`. One log line a request, without what was true of anybody.
 */
export const recordOutcomes =
  (ports: RecordPorts) =>
  async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const facts: Facts = {};
    const faults: unknown[] = [];
    const { status, error, headers, body } = await answer(ports, event, facts).catch((fault) => {
      faults.push(fault);
      return failure('unavailable', 'outcomes cannot be counted now; send the same again', {
        'retry-after': '1',
      });
    });
    const [fault] = faults;
    if (fault === undefined) ports.log.info('recorded', { ...facts, status, error });
    else ports.log.error('recorded', { ...facts, status, error, fault });
    return {
      statusCode: status,
      headers: { 'content-type': 'application/json', ...headers },
      body: String(body),
    };
  };

async function answer(ports: RecordPorts, event: HttpEvent, facts: Facts): Promise<Reply> {
  const tenant = tenantOf(event);
  if (!tenant.ok) return tenant.reply;
  const model = modelOf(event);
  if (!model.ok) return model.reply;
  const of = { tenant: tenant.value, model: model.value };
  Object.assign(facts, of);
  const items = itemsOf(event);
  if (!items.ok) return items.reply;

  const key = await ports.keys.of(of.tenant, 'decision');
  const read = items.value.map((item) => readOutcome(item, of.model, key, ports.clock()));
  const reported = read.flatMap((one) => (one.ok ? [one.value] : []));
  const added = await countOutcomes(ports, of, reported);
  const refused = read.flatMap((one, index) =>
    one.ok ? [] : [{ index, problem: problemText(one.problem) }],
  );
  const accepted = added.filter((one) => one === 'accepted').length;
  const repeated = added.length - accepted;
  Object.assign(facts, { accepted, repeated, refused: refused.length });
  return json({ accepted, repeated, refused });
}

function modelOf({ rawPath }: HttpEvent): Part<string> {
  const named = /^\/v2\/models\/([^/]+)\/outcomes\/?$/.exec(rawPath)?.[1];
  const model = ModelName.safeParse(named);
  return model.success
    ? { ok: true, value: model.data }
    : { ok: false, reply: failure('not-found', `no such path: ${rawPath.slice(0, 200)}`) };
}

function itemsOf({ body = '', isBase64Encoded }: HttpEvent): Part<readonly unknown[]> {
  const size = Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
  if (size > MAX_BODY_BYTES) {
    const [got, expected] = [`${size} bytes`, `at most ${MAX_BODY_BYTES}`];
    const remedy = 'send fewer outcomes a request';
    return refuse('too-large', { field: 'body', got, expected, remedy });
  }
  const text = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const got = `no JSON (${error instanceof Error ? error.message : error})`;
    return refuse('bad-request', { field: 'body', got, expected: 'a JSON object', remedy: REMEDY });
  }
  const read = readBy(Body, document, REMEDY);
  if (read.ok) return { ok: true, value: read.value.outcomes };
  return { ok: false, reply: failure('bad-request', read.problems.map(problemText).join('; ')) };
}

let serve: ReturnType<typeof recordOutcomes> | undefined;

export const handler = (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
  serve ??= wired();
  return serve(event);
};

function wired(): ReturnType<typeof recordOutcomes> {
  const log = new Logger({ serviceName: 'assay' });
  const results = new GateResults(new RegistryTable(env('REGISTRY_TABLE')));
  return recordOutcomes({
    keys: new TenantKeys(env('DERIVATION_KEY_ARN')),
    outcomes: new Outcomes(env('METRICS_TABLE')),
    truths: new Truths(env('METRICS_TABLE')),
    labels: new OwnLabels(results, Date.now, log),
    clock: Date.now,
    log,
  });
}
