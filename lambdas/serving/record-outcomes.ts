import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { KEPT_SECONDS, MAX_OUTCOMES, type Outcome, Outcomes } from '#aws/outcomes.ts';
import { TenantKeys } from '#aws/tenant-keys.ts';
import { type Problem, problemText, readBy } from '#domain/registry/problem.ts';
import { ModelName } from '#domain/registry/subject.ts';
import { SCORE_MAX } from '#domain/rollout/outcome-sums.ts';
import { MAX_DECISION_CHARACTERS, openDecision } from '#domain/serving/decision.ts';
import { env } from '../env.ts';
import { type HttpEvent, type Part, refuse, tenantOf } from './http-request.ts';
import type { Clock } from './ports.ts';
import { failure, json, type Reply } from './reply.ts';

export interface RecordPorts {
  readonly keys: Pick<TenantKeys, 'of'>;
  readonly outcomes: Pick<Outcomes, 'add'>;
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

const REMEDY = 'send {"outcomes": [{"decision": …, "score": …}]}';

const Body = z.strictObject({
  outcomes: z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_OUTCOMES)),
});
const Item = z.strictObject({
  decision: z.string().check(z.maxLength(MAX_DECISION_CHARACTERS)),
  score: z.number().check(z.minimum(-SCORE_MAX), z.maximum(SCORE_MAX)),
});

/**
 * Counts what came of decisions, as clients learn it, however late: `POST
 * /v2/models/{model}/outcomes`. One log line a request, without scores.
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
  const read = items.value.map((item) => outcomeOf(item, of.model, key, ports.clock()));
  const outcomes = read.flatMap((one) => ('decision' in one ? [one] : []));
  const added = await ports.outcomes.add(of, outcomes);
  const refused = read.flatMap((one, index) =>
    'decision' in one ? [] : [{ index, problem: problemText(one) }],
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

/** The outcome of a decision on this model, not too old for its unit to be remembered. */
function outcomeOf(item: unknown, model: string, key: Uint8Array, now: number): Outcome | Problem {
  const read = readBy(Item, item, 'correct it');
  if (!read.ok) return read.problems[0] as Problem;
  const decision = openDecision(key, read.value.decision);
  const field = 'decision';
  if (!decision) {
    const got = 'a text that this tenant has not been given';
    const expected = '`parameters.decision` of an answer, unchanged';
    return { field, got, expected, remedy: 'send what the answer had' };
  }
  if (decision.model !== model) {
    const remedy = `post it to /v2/models/${decision.model}/outcomes`;
    return { field, got: `one on ${decision.model}`, expected: `one on ${model}`, remedy };
  }
  if (decision.at < now - KEPT_SECONDS * 1000) {
    const got = `one of ${new Date(decision.at).toISOString()}`;
    const expected = `one of the last ${KEPT_SECONDS / 86_400} days`;
    return { field, got, expected, remedy: 'leave it out' };
  }
  return { decision, score: read.value.score };
}

let serve: ReturnType<typeof recordOutcomes> | undefined;

export const handler = (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
  serve ??= recordOutcomes({
    keys: new TenantKeys(env('DERIVATION_KEY_ARN')),
    outcomes: new Outcomes(env('METRICS_TABLE')),
    clock: Date.now,
    log: new Logger({ serviceName: 'assay' }),
  });
  return serve(event);
};
