import { describe, expect, it } from 'vitest';
import type { Added, Outcome } from '#aws/outcomes.ts';
import { type Decision, sealDecision } from '#domain/serving/decision.ts';
import type { HttpEvent } from '../../../lambdas/serving/http-request.ts';
import { recordOutcomes } from '../../../lambdas/serving/record-outcomes.ts';

const NOW = 1_790_000_000_000;
const DAY = 86_400_000;
const keyOf = (tenant: string) => Buffer.from(tenant.padEnd(32, '.'));

const decision = (more: Partial<Decision> = {}): string => {
  const whole: Decision = {
    tenant: 'acme',
    model: 'risk',
    generation: 7,
    trial: 'checkout',
    arm: 'control',
    unit: 'ab'.repeat(16),
    by: 'user',
    at: NOW - DAY,
    ...more,
  };
  return sealDecision(keyOf(whole.tenant), whole);
};

const CLAIMS = { token_use: 'id', 'cognito:groups': '[engineer]', 'custom:tenant': 'acme' };

const event = (body: unknown, claims: object = CLAIMS, path = '/v2/models/risk/outcomes') =>
  ({
    rawPath: path,
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST' }, authorizer: { jwt: { claims } } },
  }) as unknown as HttpEvent;

function world() {
  const added: { model: object; outcomes: readonly Outcome[] }[] = [];
  const lines: { level: string; fields: Record<string, unknown> }[] = [];
  const down: { fault?: Error } = {};
  const units = new Set<string>();
  const log = (level: string) => (_: string, fields: Record<string, unknown>) => {
    lines.push({ level, fields });
  };
  const serve = recordOutcomes({
    keys: { of: async (tenant) => keyOf(tenant) },
    outcomes: {
      add: async (model, outcomes): Promise<Added> => {
        if (down.fault) throw down.fault;
        added.push({ model, outcomes });
        return outcomes.map(({ decision: { unit } }) => {
          const first = !units.has(unit);
          units.add(unit);
          return first ? 'accepted' : 'repeated';
        });
      },
    },
    clock: () => NOW,
    log: { info: log('info'), error: log('error') } as never,
  });
  const post = async (...args: Parameters<typeof event>) => {
    const { statusCode, body, headers } = await serve(event(...args));
    return { statusCode, headers, body: JSON.parse(body ?? '') };
  };
  return { post, serve, added, lines, down };
}

describe('RecordOutcomes', () => {
  it('counts outcomes of decisions on the model, and says what became of each', async () => {
    const { post, added, lines } = world();
    const other = decision({ unit: 'cd'.repeat(16), arm: 'a' });
    const outcomes = [
      { decision: decision(), score: 1 },
      { decision: other, score: -0.25 },
      { decision: decision(), score: 1 },
    ];
    expect(await post({ outcomes })).toMatchObject({
      statusCode: 200,
      body: { accepted: 2, repeated: 1, refused: [] },
    });
    expect(added[0]?.model).toEqual({ tenant: 'acme', model: 'risk' });
    expect(added[0]?.outcomes.map(({ decision: { arm }, score }) => [arm, score])).toEqual([
      ['control', 1],
      ['a', -0.25],
      ['control', 1],
    ]);
    expect(lines).toEqual([
      {
        level: 'info',
        fields: {
          tenant: 'acme',
          model: 'risk',
          accepted: 2,
          repeated: 1,
          refused: 0,
          status: 200,
        },
      },
    ]);
  });

  it('takes a body in base64, as gateways pass some on', async () => {
    const { serve } = world();
    const text = JSON.stringify({ outcomes: [{ decision: decision(), score: 1 }] });
    const sent = { ...event(Buffer.from(text).toString('base64')), isBase64Encoded: true };
    expect((await serve(sent)).statusCode).toBe(200);
  });

  it.each([
    [
      'one of another tenant',
      { decision: decision({ tenant: 'globex' }), score: 1 },
      'decision: got a text',
    ],
    [
      'one that was changed',
      { decision: decision().replace('control', 'variant'), score: 1 },
      'decision: got a text',
    ],
    [
      'one on another model',
      { decision: decision({ model: 'churn' }), score: 1 },
      'post it to /v2/models/churn/outcomes',
    ],
    [
      'one too old to be known',
      { decision: decision({ at: NOW - 91 * DAY }), score: 1 },
      'expected one of the last 90 days',
    ],
    [
      'a score beyond what is summed',
      { decision: decision(), score: 1e7 },
      'score: got 10000000, expected at most 1000000',
    ],
    ['a score that is none', { decision: decision(), score: 'good' }, 'score: got "good"'],
    ['no score', { decision: decision() }, 'score: got nothing'],
    [
      'more than is known',
      { decision: decision(), score: 1, note: 'x' },
      'note: got an unknown field',
    ],
    ['no outcome', null, 'expected a value of type object'],
  ])('refuses %s and counts the rest', async (_, wrong, problem) => {
    const { post, added } = world();
    const outcomes = [wrong, { decision: decision(), score: 1 }];
    const { statusCode, body } = await post({ outcomes });
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({ accepted: 1, repeated: 0, refused: [{ index: 0 }] });
    expect(body.refused[0].problem).toContain(problem);
    expect(added[0]?.outcomes).toHaveLength(1);
  });

  it('takes outcomes of almost 90 days ago', async () => {
    const { post } = world();
    const outcomes = [{ decision: decision({ at: NOW - 89 * DAY }), score: 0 }];
    expect((await post({ outcomes })).body.accepted).toBe(1);
  });

  it.each([
    ['no JSON', '{', 'body: got no JSON'],
    ['no list', {}, 'outcomes: got nothing'],
    ['an empty list', { outcomes: [] }, 'outcomes: got []'],
    ['too many', { outcomes: Array(41).fill({}) }, 'expected at most 40'],
    ['a number as JSON has none', '{"outcomes":[{"decision":"x","score":NaN}]}', 'no JSON'],
  ])('answers 400 to %s, and counts nothing', async (_, sent, problem) => {
    const { post, added } = world();
    const { statusCode, body } = await post(sent);
    expect(statusCode).toBe(400);
    expect(body.error).toContain(problem);
    expect(added).toEqual([]);
  });

  it.each([
    [401, { ...CLAIMS, token_use: 'access' }],
    [403, { ...CLAIMS, 'cognito:groups': '[]' }],
    [401, { ...CLAIMS, 'custom:tenant': 'ACME' }],
  ])('answers %i without an ID token of somebody who may predict', async (status, claims) => {
    const { post, added } = world();
    const outcomes = [{ decision: decision(), score: 1 }];
    expect((await post({ outcomes }, claims)).statusCode).toBe(status);
    expect(added).toEqual([]);
  });

  it('answers 404 to a path that names no model', async () => {
    const { post } = world();
    expect((await post({}, CLAIMS, '/v2/models/Not%20One/outcomes')).statusCode).toBe(404);
  });

  it('asks for the same again when outcomes cannot be counted', async () => {
    const { post, lines, down } = world();
    down.fault = new Error('away');
    const sent = { outcomes: [{ decision: decision(), score: 1 }] };
    const { statusCode, headers, body } = await post(sent);
    expect([statusCode, headers?.['retry-after']]).toEqual([503, '1']);
    expect(body.error).toContain('send the same again');
    expect(lines).toMatchObject([{ level: 'error', fields: { fault: down.fault } }]);
  });
});
