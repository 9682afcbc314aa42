import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleChild, type MemoryChild } from '../../support/memory-child.ts';
import { oddChild } from './isolated/odd-child.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { tryOut } from './trials.ts';
import { httpEvent, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };

useOwnTmpdir();

let child: MemoryChild;
beforeAll(async () => {
  child = await bundleChild('lambdas/serving/isolated/candidate-child.ts');
});
afterAll(() => child.remove());

let world: World;
let generation: number;
beforeEach(async () => {
  world = new World();
  await world.release();
  generation = tryOut(world, await world.approve({ subject: { version: '2.0.0' } }));
});

const answers = async (times: number) => {
  const serve = world.sandbox();
  const seen: { status: number | undefined; version: string; p: number }[] = [];
  for (let i = 0; i < times; i++) {
    const { statusCode, body } = await serve(httpEvent('POST', '/v2/models/risk/infer', ROW));
    const read = JSON.parse(String(body));
    seen.push({ status: statusCode, version: read.model_version, p: read.outputs?.[0].data[0] });
  }
  world.now += 1_000;
  await serve(httpEvent('GET', '/v2/models/risk'));
  return seen;
};
const arm = () => world.counted.get(generation)?.candidate?.candidate;

describe('a candidate in a process', () => {
  it('answers what stable answers, bit by bit, and is timed once it is warm', async () => {
    world.isolateBy(child.path);
    const seen = await answers(5);
    const p = Math.fround(1 / (1 + Math.exp(-1.75)));
    expect(seen.map(({ status, version }) => [status, version])).toEqual(
      Array(5).fill([200, '2.0.0']),
    );
    for (const one of seen) expect(one.p).toBeCloseTo(p, 6);
    expect(arm()).toMatchObject({ exposures: 5, failures: 0 });
    expect(arm()?.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
    expect(world.metrics[0]?.measures).toMatchObject({
      LoadTime: { unit: 'Milliseconds' },
      SessionMemory: { unit: 'Bytes' },
    });
  });

  it.each([
    ['crashes', 'opened(); receive(); process.abort();', 'crashed'],
    ['does not open', 'process.exit(1);', 'crashed'],
    [
      'answers what is no number',
      `opened();
       for (;;) {
         receive();
         send({ kind: 'answered' }, [{ name: 'p', datatype: 'FP32', shape: [1, 1] }],
           Buffer.concat([Buffer.from(Float32Array.of(NaN).buffer), Buffer.alloc(4)]));
       }`,
      'not-finite',
    ],
    [
      'throws',
      "opened(); for (;;) { receive(); send({ kind: 'refused', said: 'out of bounds' }); }",
      'threw',
    ],
  ])(
    'that %s is seen by no client, and rolls itself back by its breaker',
    async (_, body, kind) => {
      world.isolateBy(await oddChild(child.directory, body));
      const seen = await answers(8);
      expect(seen.map(({ status, version }) => [status, version])).toEqual(
        Array(8).fill([200, '1.0.0']),
      );
      expect(arm()).toMatchObject({
        assigned: 8,
        exposures: 5,
        failures: 5,
        kinds: { [kind]: 5 },
      });
      expect(world.alerts).toMatchObject([{ version: '2.0.0', generation, kind, failures: 5 }]);
    },
  );

  it('that has crashed once is left alone until it starts again, which counts for nothing', async () => {
    world.isolateBy(
      await oddChild(child.directory, 'opened(); receive(); process.abort();'),
      60_000,
    );
    const seen = await answers(8);
    expect(seen.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(arm()).toMatchObject({ assigned: 8, exposures: 1, failures: 1 });
    expect(world.alerts).toEqual([]);
  });
});
