import { beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '#domain/registry/backend.ts';
import { inferShadow } from '../../../lambdas/serving/infer-shadow.ts';
import {
  type CandidateAnswer,
  failed,
} from '../../../lambdas/serving/isolated/candidate-answer.ts';
import { readPlacement } from '../../../lambdas/serving/read-placement.ts';
import { RouteCache } from '../../../lambdas/serving/route-cache.ts';
import { ShadowCopy } from '../../../lambdas/serving/shadow-copy.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { probability, tryOut } from './trials.ts';
import { httpEvent, type Released, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const HERE = 1 / (1 + Math.exp(-1.75));
const backend: Backend = { kind: 'http', url: 'https://models.example.com' };
const ELSEWHERE: Released = { backend };
const NEXT: Released = { subject: { version: '2.0.0' }, backend };

useOwnTmpdir();

let world: World;
let answer: () => CandidateAnswer;
/** Versions that were asked of their server, with the deadline that it was given. */
let asked: [version: string, deadlineMs: number][];
let serve: ReturnType<World['sandbox']>;
beforeEach(() => {
  world = new World();
  asked = [];
  answer = () => probability(0.5, 30);
  world.remote = ({ version }, { serving }) =>
    serving?.backend.kind === 'http'
      ? {
          run: async (_inputs, _outputs, deadlineMs) => {
            asked.push([version, deadlineMs]);
            return answer();
          },
        }
      : undefined;
  world.isolated = {
    open: () => Promise.reject(new Error('a version of another server was opened')),
  };
  serve = world.sandbox();
});

const post = async (path = '/v2/models/risk/infer', body: unknown = ROW) => {
  const { statusCode: status, body: text, headers } = await serve(httpEvent('POST', path, body));
  const read = JSON.parse(String(text));
  return { status, read, headers, p: read.outputs?.[0]?.data[0] };
};
const get = async (path: string) => (await serve(httpEvent('GET', path))).statusCode;
const lastLine = () => world.lines.at(-1)?.fields;
const counted = async (generation: number) => {
  world.now += 1_000;
  await get('/v2/models/risk');
  return world.counted.get(generation)?.candidate;
};
const modelsOpened = () => world.opened.filter((key) => key.endsWith('.onnx'));

describe('a stable version that another server runs', () => {
  it('is asked there, within the time that the request has, and none of its bytes are read', async () => {
    await world.release(ELSEWHERE);
    expect(await post()).toMatchObject({ status: 200, p: 0.5, read: { model_version: '1.0.0' } });
    expect(asked).toEqual([['1.0.0', expect.any(Number)]]);
    expect(asked[0]?.[1]).toBeLessThan(25_000);
    expect(asked[0]?.[1]).toBeGreaterThan(20_000);
    expect(world.opened).toEqual([expect.stringContaining('manifest.json')]);
  });

  it('is ready once its papers are verified, whatever its server is', async () => {
    await world.release(ELSEWHERE);
    answer = () => failed('crashed', 'away');
    expect([await get('/v2/models/risk'), await get('/v2/models/risk/ready')]).toEqual([200, 200]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['timeout', 503, 'deadline', 'the model gave no answer by its server within 5 ms'],
    ['threw', 500, 'model-failed', 'the model failed on these inputs: bad value'],
    ['schema', 500, 'bad-output', 'no answer by its server within 5 ms'],
    ['not-finite', 500, 'bad-output', 'no answer by its server within 5 ms'],
    ['crashed', 503, 'unavailable', 'the server that runs risk 1.0.0 does not answer as it should'],
    ['memory', 503, 'unavailable', 'the server that runs risk 1.0.0 does not answer as it should'],
  ] as const)('that fails by %s is told of as %i %s', async (kind, status, error, message) => {
    await world.release(ELSEWHERE);
    const reason = 'no answer by its server within 5 ms';
    answer = () => failed(kind, reason, 'bad value');
    const told = await post();
    expect(told).toMatchObject({ status, read: { error: expect.stringContaining(message) } });
    expect(lastLine()).toMatchObject({ error, failure: { kind, reason } });
    expect(JSON.stringify(lastLine())).not.toContain('bad value');
  });

  it.each([
    ['has no signature of ours', async () => void (await world.release(forged('artifactKey')))],
    ['has no admission of ours', async () => void (await world.release(forged('attestationKey')))],
    [
      'is said to run elsewhere than its signed manifest has it',
      async () => {
        const other: Backend = { kind: 'http', url: 'https://other.example.com' };
        const version = { ...(await world.release(ELSEWHERE)), backend: other };
        world.put(version);
        world.send(version);
      },
    ],
    [
      'is said to run elsewhere, though its signed manifest does not',
      async () => {
        const version = { ...(await world.release()), backend };
        world.put(version);
        world.send(version);
      },
    ],
    [
      'is routed elsewhere than it is registered',
      async () => world.send({ ...(await world.release()), backend }),
    ],
  ])('is not asked when it %s', async (_, prepare) => {
    await prepare();
    expect(await post()).toMatchObject({ status: 503 });
    expect(lastLine()).toMatchObject({ error: 'integrity-mismatch' });
    expect(asked).toEqual([]);
    expect(modelsOpened()).toEqual([]);
  });

  const forged = (key: 'artifactKey' | 'attestationKey'): Released => ({
    ...ELSEWHERE,
    [key]: new World()[key],
  });
});

describe('a candidate that another server runs', () => {
  it('answers and is counted with the time that its server took', async () => {
    await world.release();
    const generation = tryOut(world, await world.approve(NEXT), { backend });
    expect(await post()).toMatchObject({ p: 0.5, read: { parameters: { variant: 'candidate' } } });
    expect(asked).toEqual([['2.0.0', expect.any(Number)]]);
    expect(asked[0]?.[1]).toBeLessThanOrEqual(10_000);
    const { candidate } = (await counted(generation)) ?? {};
    expect(candidate).toMatchObject({ exposures: 1, failures: 0 });
    expect(candidate?.latency).toEqual([[expect.any(Number), 1]]);
  });

  it('leaves its request to stable when it fails, and is rested and told of', async () => {
    await world.release();
    const generation = tryOut(world, await world.approve(NEXT), { backend });
    answer = () => failed('crashed', 'its server answered 500');
    for (let i = 0; i < 8; i++) {
      const { status, p } = await post();
      expect(status).toBe(200);
      expect(p).toBeCloseTo(HERE, 6);
    }
    expect(asked).toHaveLength(5);
    expect(world.alerts).toEqual([
      expect.objectContaining({ version: '2.0.0', generation, kind: 'crashed', failures: 5 }),
    ]);
    expect((await counted(generation))?.candidate).toMatchObject({ failures: 5 });
  });

  it('is passed over when the route has it run elsewhere than it is registered', async () => {
    await world.release();
    tryOut(world, await world.approve(NEXT));
    expect((await post()).p).toBeCloseTo(HERE, 6);
    expect(asked).toEqual([]);
    expect(lastLine()).toMatchObject({
      passedOver: '2.0.0: the route has another backend for it',
    });
  });

  it('is compared with a stable version of another server', async () => {
    await world.release(ELSEWHERE);
    const files = { 'model.onnx': Buffer.from('another') };
    const generation = tryOut(world, await world.approve({ ...NEXT, files }), { backend });
    const answers = [failed('crashed', 'gone'), probability(0.25, 3)];
    answer = () => answers.shift() ?? probability(0.75);
    expect(await post()).toMatchObject({ status: 200, p: 0.25, read: { model_version: '1.0.0' } });
    expect(asked.map(([version]) => version)).toEqual(['2.0.0', '1.0.0']);
    expect((await counted(generation))?.candidate).toMatchObject({ failures: 1 });
  });

  it('in shadow is asked by the shadow function, and so is stable', async () => {
    await world.release(ELSEWHERE);
    const shadow = { mode: 'shadow', share: 0, backend } as const;
    const generation = tryOut(world, await world.approve(NEXT), shadow);
    await post();
    asked.length = 0;
    const run = inferShadow({
      models: world.models(),
      routes: new RouteCache((t, m) => readPlacement(world.registry, t, m), world.clock),
      recorder: world.recorder(),
      writeMetrics: world.writeMetrics,
    });
    const copy = ShadowCopy.parse(JSON.parse(world.copies.at(-1) ?? ''));
    expect(await run(copy)).toEqual({
      outcome: 'compared',
      stable: 'answered',
      candidate: 'answered',
    });
    expect(asked.map(([version]) => version)).toEqual(['1.0.0', '2.0.0']);
    expect(world.counted.get(generation)?.candidate).toMatchObject({
      stable: { exposures: 1 },
      candidate: { exposures: 1 },
    });
  });
});

describe('a version that another server is to run', () => {
  it('runs in staging from its own bytes, which is what the gates judge', async () => {
    await world.stage(ELSEWHERE);
    serve = world.stagingSandbox();
    const { status, p } = await post('/v2/models/risk/versions/1.0.0/infer');
    expect(status).toBe(200);
    expect(p).toBeCloseTo(HERE, 6);
    expect(asked).toEqual([]);
  });
});
