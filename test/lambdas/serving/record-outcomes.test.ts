import { describe, expect, it } from 'vitest';
import type { Added, Outcome } from '#aws/outcomes.ts';
import type { LateTruth } from '#aws/truths.ts';
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

const VERSION = '0123456789abcdef';
const served = (more: Partial<Decision> = {}): string =>
  decision({
    generation: 0,
    trial: `served/${VERSION}`,
    arm: 'stable',
    answered: VERSION,
    ...more,
  });

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
  const down: { fault?: Error; truths?: Error } = {};
  const known: LateTruth[] = [];
  const own: string[][] = [];
  const [units, answers] = [new Set<string>(), new Set<string>()];
  const firstIn = (seen: Set<string>, unit: string) => {
    const first = !seen.has(unit);
    seen.add(unit);
    return first ? 'accepted' : 'repeated';
  };
  const log = (level: string) => (_: string, fields: Record<string, unknown>) => {
    lines.push({ level, fields });
  };
  const serve = recordOutcomes({
    keys: { of: async (tenant) => keyOf(tenant) },
    outcomes: {
      add: async (model, outcomes): Promise<Added> => {
        if (down.fault) throw down.fault;
        added.push({ model, outcomes });
        return outcomes.map(({ decision: { unit } }) => firstIn(units, unit));
      },
    },
    truths: {
      add: async (_, truths, ownOf): Promise<Added> => {
        if (down.truths) throw down.truths;
        known.push(...truths);
        own.push(...truths.map(({ decision: { answered } }) => [...(ownOf?.(answered) ?? [])]));
        return truths.map(({ decision: { unit } }) => firstIn(answers, unit));
      },
    },
    labels: { of: async ({ model }, answered) => new Set([`${model} of ${answered}`]) },
    clock: () => NOW,
    log: { info: log('info'), error: log('error') } as never,
  });
  const post = async (...args: Parameters<typeof event>) => {
    const { statusCode, body, headers } = await serve(event(...args));
    return { statusCode, headers, body: JSON.parse(body ?? '') };
  };
  return { post, serve, added, known, own, lines, down };
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
    ['neither a score nor what was true', { decision: decision() }, 'truth: got nothing'],
    [
      'a score of an answer on no trial',
      { decision: served(), score: 1 },
      'score: got one of an answer that was on no trial, expected `truth` and `predicted`',
    ],
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

describe('what was true', () => {
  const item = (more: object = {}) => ({
    ...{ decision: served(), truth: 'yes', predicted: 'no' },
    ...more,
  });

  it('counts for the version that answered, and for no trial where there was none', async () => {
    const { post, added, known } = world();
    const outcomes = [item({ probability: 0.4, groups: { sex: 'f' } })];
    expect((await post({ outcomes })).body).toEqual({ accepted: 1, repeated: 0, refused: [] });
    expect(added.flatMap((one) => one.outcomes)).toEqual([]);
    expect(known).toMatchObject([
      {
        decision: { answered: VERSION },
        truth: {
          ...{ kind: 'classes', truth: 'yes', predicted: 'no', probability: 0.4 },
          groups: { sex: 'f' },
        },
      },
    ]);
  });

  it('is told apart by the labels of the version that answered', async () => {
    const { post, own } = world();
    const other = 'fedcba9876543210';
    const unit = 'cd'.repeat(16);
    const outcomes = [item(), item({ decision: served({ answered: other, unit }) })];
    await post({ outcomes });
    expect(own).toEqual([[`risk of ${VERSION}`], [`risk of ${other}`]]);
  });

  it('counts for the trial too, by what the answer scored', async () => {
    const { post, added, known } = world();
    const tried = decision({ answered: VERSION });
    const outcomes = [
      { decision: tried, truth: true, predicted: true },
      {
        decision: decision({ answered: VERSION, unit: 'cd'.repeat(16) }),
        truth: 2,
        predicted: 2.5,
      },
    ];
    expect((await post({ outcomes })).body).toMatchObject({ accepted: 2, repeated: 0 });
    expect(added[0]?.outcomes.map(({ score }) => score)).toEqual([1, -0.5]);
    expect(known.map(({ truth }) => truth)).toEqual([
      { kind: 'classes', truth: 'true', predicted: 'true', groups: {} },
      { kind: 'values', truth: 2, predicted: 2.5, groups: {} },
    ]);
  });

  it('counts for the trial alone where the decision is of the form that names no version', async () => {
    const { post, added, known } = world();
    const outcomes = [{ decision: decision(), truth: 'a', predicted: 'a' }];
    expect((await post({ outcomes })).body.accepted).toBe(1);
    expect(added[0]?.outcomes).toMatchObject([{ score: 1 }]);
    expect(known).toEqual([]);
  });

  it('is completed by a repeat after a fault between the two', async () => {
    const { post, known, down } = world();
    const outcomes = [{ decision: decision({ answered: VERSION }), truth: 'a', predicted: 'b' }];
    down.truths = new Error('away');
    expect((await post({ outcomes })).statusCode).toBe(503);
    down.truths = undefined;
    expect((await post({ outcomes })).body).toMatchObject({ accepted: 1, repeated: 0 });
    expect(known).toHaveLength(1);
    expect((await post({ outcomes })).body).toMatchObject({ accepted: 0, repeated: 1 });
  });

  it('has labels and groups of up to 128 bytes, by any name', async () => {
    const { post, known } = world();
    const [truth, group] = ['é'.repeat(64), '🦀'.repeat(32)];
    const outcomes = [
      item({ truth, predicted: '__proto__', groups: { constructor: group, toString: 'a' } }),
    ];
    expect((await post({ outcomes })).body).toMatchObject({ accepted: 1, refused: [] });
    expect(known[0]?.truth).toMatchObject({ truth, predicted: '__proto__' });
    expect(Object.entries(known[0]?.truth.groups ?? {})).toEqual([
      ['constructor', group],
      ['toString', 'a'],
    ]);
  });

  it('is in no log line', async () => {
    const { post, lines } = world();
    await post({ outcomes: [item({ truth: 'secret', groups: { sex: 'secret' } })] });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it.each([
    [
      'no answer beside it',
      { predicted: undefined },
      'predicted: got nothing, expected true, false',
    ],
    ['an empty text', { truth: '' }, 'expected text of 1 to 128 characters'],
    ['a truth of no form', { truth: null }, 'expected true, false, a number, or text of 1 to 128'],
    ['half a character', { truth: 'a\ud800' }, 'truth: got'],
    ['a text that is too long', { predicted: 'x'.repeat(129) }, 'predicted: got'],
    ['a text of 129 bytes', { truth: `x${'é'.repeat(64)}` }, 'expected at most 128 bytes of UTF-8'],
    ['a group of 160 bytes', { groups: { a: '🦀'.repeat(40) } }, 'at most 128 bytes of UTF-8'],
    [
      'an attribute of 160 bytes',
      { groups: { ['🦀'.repeat(40)]: 'a' } },
      'expected attributes with names of 1 to 40 characters, at most 128 bytes',
    ],
    [
      'an attribute that would be lost',
      { groups: JSON.parse('{"__proto__": "f"}') },
      'expected attributes with other names than __proto__',
    ],
    ['groups that are none', { groups: null }, 'groups: got null'],
    [
      'a number for a class',
      { truth: 'yes', predicted: 1 },
      'predicted: got a number for a string, expected numbers or classes',
    ],
    [
      'a probability of a number',
      { truth: 1, predicted: 1, probability: 0.5 },
      'probability: got one of a number',
    ],
    ['a probability above 1', { probability: 1.01 }, 'probability: got 1.01, expected at most 1'],
    ['an error beyond what is summed', { truth: 2e6, predicted: 1 }, 'expected at most 1000000'],
    ['a score beside it', { score: 1 }, 'an unknown field'],
    [
      'six attributes',
      { groups: { a: 'x', b: 'x', c: 'x', d: 'x', e: 'x', f: 'x' } },
      'expected at most 5 attributes',
    ],
    ['a group of 41 characters', { groups: { a: 'x'.repeat(41) } }, 'groups.a: got'],
    [
      'an attribute of 41 characters',
      { groups: { ['x'.repeat(41)]: 'a' } },
      'expected attributes with names of 1 to 40',
    ],
    ['a group that is no text', { groups: { age: 30 } }, 'groups.age: got 30'],
    ['a token of another model', { decision: served({ model: 'churn' }) }, '/v2/models/churn'],
    [
      'a token of another tenant',
      { decision: served({ tenant: 'globex' }) },
      'decision: got a text',
    ],
  ])('is refused with %s, and the rest counts', async (_, wrong, problem) => {
    const { post, known } = world();
    const { body } = await post({ outcomes: [item(wrong), item()] });
    expect(body).toMatchObject({ accepted: 1, repeated: 0, refused: [{ index: 0 }] });
    expect(body.refused[0].problem).toContain(problem);
    expect(known).toHaveLength(1);
  });

  it('is not read at all beyond 256 KiB', async () => {
    const { post, known } = world();
    const { statusCode, body } = await post({ outcomes: [item()], padding: 'x'.repeat(262_144) });
    expect(statusCode).toBe(413);
    expect(body.error).toContain('expected at most 262144');
    expect(known).toEqual([]);
  });
});
