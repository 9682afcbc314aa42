import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Counted } from '../../../../lambdas/serving/capture/capture.ts';
import { failed } from '../../../../lambdas/serving/isolated/candidate-answer.ts';
import { useOwnTmpdir } from '../own-tmpdir.ts';
import { experimentOn, FakeOpening, probability, tryOut } from '../trials.ts';
import { httpEvent, type Released, World } from '../world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const NEXT: Released = { subject: { version: '2.0.0' } };

useOwnTmpdir();

/** What the capture of one sandbox was told, in order. */
class Watcher {
  invocations = 0;
  flushes = 0;
  readonly expected: string[] = [];
  readonly told: { version: string; kind: Counted['kind']; request: string }[] = [];

  readonly port = {
    invoked: () => void this.invocations++,
    expect: ({ version }: { version: string }) => void this.expected.push(version),
    told: ({ version: { version }, kind }: Counted, request: string) =>
      void this.told.push({ version, kind, request }),
    flushed: async () => void this.flushes++,
  };
}

let world: World;
let candidate: FakeOpening;
let watcher: Watcher;
let serve: ReturnType<World['sandbox']>;
beforeEach(async () => {
  world = new World();
  candidate = new FakeOpening();
  watcher = new Watcher();
  world.isolated = candidate;
  world.capture = watcher.port;
  serve = world.sandbox();
  await world.release();
});

afterEach(() => {
  vi.useRealTimers();
});

const post = (body: unknown = ROW, path = '/v2/models/risk/infer') =>
  serve(httpEvent('POST', path, body));
const answers = () => watcher.told.map(({ version, kind }) => `${version} ${kind}`);

it('is told of what stable answered, by the request that it answered', async () => {
  await post();
  await post({ ...ROW, id: 'mine' });
  expect(watcher.told).toEqual([
    { version: '1.0.0', kind: 'answered', request: 'request' },
    { version: '1.0.0', kind: 'answered', request: 'mine' },
  ]);
  expect(watcher.expected).toEqual(['1.0.0', '1.0.0']);
  expect(watcher.flushes).toBeGreaterThanOrEqual(2);
});

it('is told of what a candidate answered, under its own version', async () => {
  tryOut(world, await world.approve(NEXT));
  candidate.answer = () => probability(0.5, 4);
  await post();
  expect(answers()).toEqual(['2.0.0 answered']);
  expect(watcher.expected).toEqual(['1.0.0', '2.0.0']);
});

it('is told of stable alone where a candidate failed and stable answered in its place', async () => {
  tryOut(world, await world.approve(NEXT));
  candidate.answer = () => failed('threw', 'r');
  await post();
  expect(answers()).toEqual(['1.0.0 answered']);
});

it('is told of the variants of an experiment, the control among them', async () => {
  experimentOn(world, await world.approve(NEXT), 0.5);
  for (const user of Array.from({ length: 20 }, (_, i) => `u${i}`)) {
    await post({ ...ROW, parameters: { user_id: user } });
  }
  expect(new Set(answers())).toEqual(new Set(['1.0.0 answered', '2.0.0 answered']));
  expect(watcher.told).toHaveLength(20);
});

it('is told once of a request whose copy went to the shadow', async () => {
  tryOut(world, await world.approve(NEXT), { mode: 'shadow' });
  await post();
  expect(world.copies).toHaveLength(1);
  expect(answers()).toEqual(['1.0.0 answered']);
});

it('is told of misfits, and of no request about nothing', async () => {
  await post({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });
  await post(ROW, '/v2/models/none/infer');
  await serve(httpEvent('GET', '/v2/models/risk'));
  expect(answers()).toEqual(['1.0.0 misfit']);
});

it('counts every event of the function, and flushes after each', async () => {
  await serve(httpEvent('GET', '/v2'));
  await serve(httpEvent('GET', '/v2/none'));
  await serve(httpEvent('GET', '/ping'));
  await post();
  expect(watcher.invocations).toBe(4);
  expect(watcher.flushes).toBeGreaterThanOrEqual(4);
});

it('is not told of an answer that is too large to be given', async () => {
  const rows = 400_000;
  const data = new Array(3 * rows).fill(0);
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [rows, 3], data }];
  const answer = await post({ inputs });
  expect(answer.statusCode).toBe(413);
  expect(answers()).toEqual([]);
});

describe('a version that is located and does not answer', () => {
  it('is told of as unavailable where its papers cannot be read', async () => {
    world.down.add('evidence');
    expect((await post()).statusCode).toBe(503);
    expect(answers()).toEqual(['1.0.0 unavailable']);
    expect(watcher.flushes).toBe(1);
  });

  it('is told of by what it is where something else throws', async () => {
    const serving = new World();
    serving.cache = {
      answers: {
        find: () => Promise.reject(new Error('a fault')),
        keep: () => {},
        settled: async () => {},
      },
      keys: serving.tenantKeys as never,
    };
    serving.capture = watcher.port;
    await serving.release();
    const answer = await serving.sandbox()(httpEvent('POST', '/v2/models/risk/infer', ROW));
    expect(answer.statusCode).toBe(500);
    expect(answers()).toEqual(['1.0.0 internal']);
  });

  it('is told of as late at the deadline of its request, and of nothing that it answers then', async () => {
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { open } = world.artifacts;
    vi.spyOn(world.artifacts, 'open').mockImplementation(async (file) => {
      await arrived;
      return open(file);
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = post();
    await vi.advanceTimersByTimeAsync(25_000);
    expect((await late).statusCode).toBe(503);
    vi.useRealTimers();
    expect(answers()).toEqual(['1.0.0 late']);
    arrive();
    expect((await post()).statusCode).toBe(200);
    expect(answers()).toEqual(['1.0.0 late', '1.0.0 answered']);
  });

  it('is told of as refused where its route and its record are not of one mind', async () => {
    const version = await world.release();
    world.send({ ...version, backend: { kind: 'http', url: 'https://models.example.com' } });
    expect((await post()).statusCode).toBe(503);
    expect(answers()).toEqual(['1.0.0 refused']);
    expect((await serve(httpEvent('GET', '/v2/models/risk'))).statusCode).toBe(503);
    expect(answers()).toEqual(['1.0.0 refused']);
  });

  it('is told of nothing where it was not located', async () => {
    world.down.add('registry');
    expect((await post()).statusCode).toBe(503);
    expect(answers()).toEqual([]);
  });
});

describe('a capture that fails', () => {
  const fault = new Error('a fault of capture');
  const fail = () => {
    throw fault;
  };

  it.each(['invoked', 'expect', 'told', 'flushed'] as const)(
    'at %s leaves answers as they are, and is counted and logged',
    async (what) => {
      const expected = (await post()).statusCode;
      world.capture = { ...watcher.port, [what]: fail };
      serve = world.sandbox();
      const { statusCode, body } = await post();
      expect(statusCode).toBe(expected);
      expect(JSON.parse(body ?? '')).toMatchObject({ model_name: 'risk' });
      expect(world.metrics).toContainEqual({
        dimension: { Fleet: 'All' },
        measures: { CaptureFailed: { value: 1, unit: 'Count' } },
      });
      expect(world.lines.at(-1)).toMatchObject({ level: 'info', fields: { captureFault: fault } });
    },
  );

  it('does not stand in for the fault that it was told of', async () => {
    world.capture = { invoked: fail, expect: fail, told: fail, flushed: fail };
    serve = world.sandbox();
    world.down.add('evidence');
    expect((await post()).statusCode).toBe(503);
    expect((await serve(httpEvent('GET', '/v2'))).statusCode).toBe(200);
  });
});
