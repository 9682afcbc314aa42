import { beforeEach, describe, expect, it, vi } from 'vitest';
import { digestStart } from '#domain/registry/digest.ts';
import { FAILURE_KINDS } from '#domain/rollout/traffic.ts';
import { candidateTrial, openDecision } from '#domain/serving/decision.ts';
import { failed } from '../../../lambdas/serving/isolated/candidate-answer.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { FakeOpening, probability, tryOut } from './trials.ts';
import { httpEvent, LOGISTIC, onnx, type Released, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const STABLE_ANSWER = 1 / (1 + Math.exp(-1.75));
const NEXT: Released = { subject: { version: '2.0.0' } };

useOwnTmpdir();

let world: World;
let candidate: FakeOpening;
let serve: ReturnType<World['sandbox']>;
beforeEach(async () => {
  world = new World();
  candidate = new FakeOpening();
  world.isolated = candidate;
  serve = world.sandbox();
  await world.release();
});

const post = async (body: unknown = ROW, path = '/v2/models/risk/infer') => {
  const answer = await serve(httpEvent('POST', path, body));
  const read = JSON.parse(String(answer.body));
  return { status: answer.statusCode, read, p: read.outputs?.[0]?.data[0] };
};
/** What is counted of the rollout, a flush later. */
const counted = async (generation: number) => {
  world.now += 1_000;
  await serve(httpEvent('GET', '/v2/models/risk'));
  return world.counted.get(generation)?.candidate;
};
const lastLine = () => world.lines.at(-1)?.fields;
const measured = (version: string) =>
  Object.assign(
    {},
    ...world.metrics
      .filter(({ fields }) => fields?.version === version)
      .map(({ measures }) => measures),
  );

describe('a candidate', () => {
  it('answers in a process of its own, and is counted with the time that it ran', async () => {
    const generation = tryOut(world, await world.approve(NEXT));
    candidate.answer = () => probability(0.5, 4);
    const { status, read, p } = await post();
    expect({ status, p, version: read.model_version }).toEqual({
      status: 200,
      p: 0.5,
      version: '2.0.0',
    });
    expect(lastLine()).toMatchObject({ version: '2.0.0', status: 200 });
    expect(await counted(generation)).toEqual({
      candidate: {
        assigned: 1,
        exposures: 1,
        failures: 0,
        kinds: {},
        latency: [[expect.any(Number), 1]],
      },
    });
  });

  it('is counted without a time while it warms up', async () => {
    const generation = tryOut(world, await world.approve(NEXT));
    await post();
    expect((await counted(generation))?.candidate).toMatchObject({ exposures: 1, latency: [] });
  });

  it('is told of in the answer, with a decision that outcomes are counted by', async () => {
    const next = await world.approve(NEXT);
    const generation = tryOut(world, next);
    const { read } = await post({ ...ROW, parameters: { user_id: 'ann' } });
    expect(read.parameters).toEqual({ variant: 'candidate', decision: expect.any(String) });
    const key = await world.tenantKeys.of('acme', 'decision');
    expect(openDecision(key, read.parameters.decision)).toEqual({
      ...{ tenant: 'acme', model: 'risk', generation, arm: 'candidate', by: 'user' },
      trial: candidateTrial(next.digest),
      unit: expect.stringMatching(/^[0-9a-f]{32}$/),
      at: world.now,
      answered: digestStart(next.digest),
    });
    expect(read.parameters.decision).not.toContain('ann');
  });

  it('answers without a decision while keys are away', async () => {
    const generation = tryOut(world, await world.approve(NEXT));
    world.down.add('kms');
    const { status, read } = await post();
    expect(status).toBe(200);
    expect(read.parameters).toEqual({ variant: 'candidate' });
    expect((await counted(generation))?.candidate).toMatchObject({ assigned: 1, exposures: 1 });
  });

  it('leaves the control to stable, which is counted by the same rules', async () => {
    const generation = tryOut(world, await world.approve(NEXT), { mode: 'canary', share: 1e-9 });
    const { p, read } = await post();
    expect(p).toBeCloseTo(STABLE_ANSWER, 6);
    expect(read.parameters).toMatchObject({ variant: 'stable' });
    expect(await counted(generation)).toMatchObject({ stable: { assigned: 1, exposures: 1 } });
    for (let i = 0; i < 4; i++) await post();
    const [[, timed] = []] = (await counted(generation))?.stable?.latency ?? [];
    expect(timed).toBeGreaterThan(0);
    expect(candidate.asked).toBe(0);
  });

  it('gets the same users each time, and counts each once', async () => {
    const generation = tryOut(world, await world.approve(NEXT), { mode: 'canary', share: 0.5 });
    const variantOf = async (user: number) => {
      const { read } = await post({ ...ROW, parameters: { user_id: `user-${user}` } });
      return read.parameters.variant;
    };
    const users = Array.from({ length: 20 }, (_, i) => i);
    const first = [];
    for (const user of users) first.push(await variantOf(user));
    const second = [];
    for (const user of users) second.push(await variantOf(user));
    expect(second).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['stable', 'candidate']));
    const arms = await counted(generation);
    expect((arms?.stable?.assigned ?? 0) + (arms?.candidate?.assigned ?? 0)).toBe(20);
  });

  it('is nothing that answers are counted for where nothing is on trial', async () => {
    expect((await post()).read.parameters).toEqual({ decision: expect.any(String) });
    expect(world.counted.size).toBe(0);
  });

  it('serves nobody once its lease has run out', async () => {
    const generation = tryOut(world, await world.approve(NEXT), { leaseUntil: world.now + 500 });
    expect((await post()).p).toBe(0.5);
    world.now += 500;
    expect((await post()).p).toBeCloseTo(STABLE_ANSWER, 6);
    expect((await counted(generation))?.candidate).toMatchObject({ assigned: 2, exposures: 1 });
  });

  it.each(['VALIDATION', 'FAILED', 'DEPRECATED'] as const)(
    'that is %s is passed over, and no client sees it',
    async (state) => {
      const generation = tryOut(world, await world.approve(NEXT, state));
      const { status, p } = await post();
      expect(status).toBe(200);
      expect(p).toBeCloseTo(STABLE_ANSWER, 6);
      expect(lastLine()).toMatchObject({ version: '1.0.0', passedOver: `2.0.0: it is ${state}` });
      expect(measured('2.0.0')).toEqual({ PassedOver: { value: 1, unit: 'Count' } });
      expect((await counted(generation))?.candidate).toMatchObject({ assigned: 1, exposures: 0 });
    },
  );

  it('goes on serving while stable is rolled back to the version before it, step by step', async () => {
    const before = await world.approve(NEXT, 'DEPRECATED');
    const route = world.routes.get('acme/risk');
    const retreating = world.versions.get('acme/risk@1.0.0');
    if (!route || !retreating) throw new Error('nothing to roll back');
    world.reroute({ stable: { version: '2.0.0', digest: before.digest, since: 1 } });
    const { version, digest } = retreating;
    tryOut(world, { ...retreating, version, digest }, { mode: 'canary', share: 1e-9 });
    expect((await post()).read.model_version).toBe('2.0.0');
  });

  it('closes its process once the route has no more of it', async () => {
    const next = await world.approve(NEXT);
    tryOut(world, next);
    await post();
    const { candidate: _, ...rest } = world.routes.get('acme/risk') ?? {};
    const route = world.reroute({});
    world.routes.set('acme/risk', { ...route, ...rest, candidate: undefined, generation: 9 });
    world.now += 10_000;
    await post();
    expect(candidate.closed).toEqual(['2.0.0']);
  });
});

describe('a candidate that fails', () => {
  it.each(FAILURE_KINDS)('is stood in for by stable, and is counted: %s', async (kind) => {
    const generation = tryOut(world, await world.approve(NEXT));
    candidate.answer = () => failed(kind, 'why');
    const { status, read, p } = await post();
    expect(status).toBe(200);
    expect(p).toBeCloseTo(STABLE_ANSWER, 6);
    expect(read).toMatchObject({ model_version: '1.0.0', parameters: { variant: 'stable' } });
    expect(lastLine()).toMatchObject({
      version: '1.0.0',
      fallback: { version: '2.0.0', kind, reason: 'why' },
    });
    expect(measured('2.0.0')).toMatchObject({
      [`CandidateFailure-${kind}`]: { value: 1, unit: 'Count' },
      Fallback: { value: 1, unit: 'Count' },
    });
    expect(await counted(generation)).toMatchObject({
      candidate: { assigned: 1, exposures: 1, failures: 1, kinds: { [kind]: 1 } },
    });
  });

  it('is not blamed for what stable fails too, and the client gets the error of stable', async () => {
    await world.release({ subject: { version: '1.1.0' }, ...LOG });
    const generation = tryOut(world, await world.approve({ ...NEXT, ...LOG }));
    candidate.answer = () => failed('threw', 'why', 'said by the candidate');
    const { status, read } = await post(negative);
    expect(status).toBe(500);
    expect(read.error).toContain('NaN or Infinity at [0]');
    expect(await counted(generation)).toBeUndefined();
    expect(measured('2.0.0')).not.toHaveProperty('Fallback');
    expect(measured('1.1.0')).toMatchObject({ 'Error-bad-output': { value: 1, unit: 'Count' } });
  });

  it('fails by its schema where it does not take what stable takes', async () => {
    const io = {
      ...LOGISTIC,
      inputs: [{ ...LOGISTIC.inputs[0], shape: [-1, 4] }],
    } as typeof LOGISTIC;
    const generation = tryOut(world, await world.approve({ ...NEXT, io }));
    expect((await post()).status).toBe(200);
    expect((await counted(generation))?.candidate?.kinds).toEqual({ schema: 1 });
    expect((await post({ inputs: [] })).status).toBe(400);
    expect((await counted(generation))?.candidate).toMatchObject({ assigned: 1, exposures: 1 });
  });

  it('fails by its schema where its answer is too large to be given', async () => {
    const io = {
      ...LOGISTIC,
      outputs: [{ name: 'p', datatype: 'FP32' as const, shape: [-1, -1] }],
    };
    const generation = tryOut(world, await world.approve({ ...NEXT, io }));
    const data = new Float32Array(1_500_000).fill(0.123456);
    const p = { name: 'p', datatype: 'FP32' as const, shape: [1, data.length], data };
    candidate.answer = () => ({ ok: true, outputs: new Map([['p', p]]) });
    expect((await post()).status).toBe(200);
    expect((await counted(generation))?.candidate?.kinds).toEqual({ schema: 1 });
  });

  it('has crashed where its files are not those that were signed', async () => {
    const generation = tryOut(world, await world.approve(NEXT));
    world.objects.set('uploads/acme/risk/2.0.0/model.onnx', Buffer.from('another'));
    expect((await post()).status).toBe(200);
    expect(world.mismatches).toMatchObject([{ what: 'file model.onnx' }]);
    expect((await counted(generation))?.candidate?.kinds).toEqual({ crashed: 1 });
  });

  it('is not blamed where its files cannot be read', async () => {
    await post();
    const generation = tryOut(world, await world.approve(NEXT));
    world.now += 10_000;
    world.down.add('artifacts');
    expect((await post()).status).toBe(200);
    expect(lastLine()).toMatchObject({ passedOver: expect.stringMatching(/^2\.0\.0: /) });
    expect((await counted(generation))?.candidate).toMatchObject({ assigned: 1, exposures: 0 });
  });

  it('has half of the time that is left, and never more than 10 s', async () => {
    tryOut(world, await world.approve(NEXT));
    await post();
    expect(candidate.deadlines[0]).toBeGreaterThan(9_000);
    expect(candidate.deadlines[0]).toBeLessThanOrEqual(10_000);
  });

  it('is passed over while it does not open in time, and opens for later requests', async () => {
    await post();
    tryOut(world, await world.approve(NEXT));
    world.now += 10_000;
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { open } = candidate;
    vi.spyOn(candidate, 'open').mockImplementation(async (...args) => {
      await arrived;
      return open.apply(candidate, args);
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const slow = post();
    await vi.advanceTimersByTimeAsync(11_000);
    expect((await slow).p).toBeCloseTo(STABLE_ANSWER, 6);
    vi.useRealTimers();
    arrive();
    expect((await post()).p).toBe(0.5);
  });

  it('rests after five failures in a row, and somebody is told of it once', async () => {
    const next = await world.approve(NEXT);
    const generation = tryOut(world, next);
    candidate.answer = () => failed('crashed', 'why');
    for (let i = 0; i < 8; i++) expect((await post()).status).toBe(200);
    expect(candidate.asked).toBe(5);
    expect(world.alerts).toEqual([
      {
        ...{ tenant: 'acme', model: 'risk', version: '2.0.0', digest: next.digest },
        ...{ generation, kind: 'crashed', failures: 5 },
      },
    ]);
    world.now += 30_000;
    for (let i = 0; i < 3; i++) await post();
    expect(candidate.asked).toBe(6);
    expect(world.alerts).toHaveLength(1);
    candidate.answer = () => probability(0.5);
    world.now += 60_000;
    expect((await post()).p).toBe(0.5);
    expect((await counted(generation))?.candidate).toMatchObject({ assigned: 12, exposures: 7 });
  });

  it('is told of again where nobody could be told', async () => {
    tryOut(world, await world.approve(NEXT));
    candidate.answer = () => failed('crashed', 'why');
    world.down.add('bus');
    for (let i = 0; i < 5; i++) expect((await post()).status).toBe(200);
    expect(measured('2.0.0')).toHaveProperty('AlertUnsent');
    world.down.clear();
    world.now += 30_000;
    await post();
    expect(world.alerts).toMatchObject([{ failures: 6 }]);
  });
});

/** p = log x, which is not a number below 0. */
const LOG: Released = {
  files: { 'model.onnx': onnx('not-a-number') },
  io: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
  },
};
const negative = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [-1] }] };

describe('stable that fails', () => {
  const control = { mode: 'canary', share: 1e-9 } as const;
  let generation: number;
  beforeEach(async () => {
    await world.release({ subject: { version: '1.1.0' }, ...LOG });
    generation = tryOut(world, await world.approve({ ...NEXT, ...LOG }), control);
  });

  it('is blamed where the candidate answers; the client gets the error all the same', async () => {
    const { status, read } = await post(negative);
    expect(status).toBe(500);
    expect(read.error).toContain('NaN or Infinity');
    expect(await counted(generation)).toMatchObject({
      stable: { assigned: 1, exposures: 1, failures: 1, kinds: { 'not-finite': 1 } },
    });
  });

  it('is not blamed where the candidate fails as well', async () => {
    candidate.answer = () => failed('not-finite', 'why');
    for (let i = 0; i < 7; i++) expect((await post(negative)).status).toBe(500);
    expect(await counted(generation)).toBeUndefined();
    expect(candidate.asked).toBe(7);
    expect(world.alerts).toEqual([]);
  });

  it('is not compared with a candidate for a request that fits neither', async () => {
    expect((await post({ inputs: [] })).status).toBe(400);
    expect(candidate.asked).toBe(0);
    expect(await counted(generation)).toBeUndefined();
  });
});

describe('a pinned version', () => {
  it('answers where it is the candidate, isolated, uncounted and without a stand-in', async () => {
    const generation = tryOut(world, await world.approve(NEXT), { mode: 'shadow', share: 0 });
    const path = '/v2/models/risk/versions/2.0.0/infer';
    expect(await post(ROW, path)).toMatchObject({ status: 200, p: 0.5 });
    candidate.answer = () => failed('threw', 'why', 'in its words');
    expect(await post(ROW, path)).toMatchObject({
      status: 500,
      read: { error: 'the model failed on these inputs: in its words' },
    });
    expect(await counted(generation)).toBeUndefined();
  });

  it('answers where it is what a rollback goes back to', async () => {
    const { version, digest } = await world.approve(NEXT, 'DEPRECATED');
    world.reroute({ previous: { version, digest } });
    expect(await post(ROW, '/v2/models/risk/versions/2.0.0/infer')).toMatchObject({
      status: 200,
      read: { model_version: '2.0.0' },
    });
    expect(candidate.asked).toBe(0);
  });

  it('does not answer where it has no place, or no right to the one that it has', async () => {
    const next = await world.approve(NEXT, 'FAILED');
    const path = '/v2/models/risk/versions/2.0.0/infer';
    expect((await post(ROW, path)).status).toBe(404);
    tryOut(world, next);
    world.now += 10_000;
    expect((await post(ROW, path)).status).toBe(404);
  });
});

describe('who is drawn', () => {
  it.each([[''], ['x'.repeat(129)], [7], [true]])('is not %j', async (user_id) => {
    const { status, read } = await post({ ...ROW, parameters: { user_id } });
    expect(status).toBe(400);
    expect(read.error).toMatch(/parameters\.user_id: got .+, expected text of 1 to 128/);
  });

  it('is whoever the request names, else the request itself', async () => {
    tryOut(world, await world.approve(NEXT), { mode: 'canary', share: 0.5 });
    const byId = async (id: string) => (await post({ ...ROW, id })).read.parameters.variant;
    const ids = Array.from({ length: 12 }, (_, i) => `request-${i}`);
    const [first, second]: string[][] = [[], []];
    for (const id of ids) first?.push(await byId(id));
    for (const id of ids) second?.push(await byId(id));
    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });
});
