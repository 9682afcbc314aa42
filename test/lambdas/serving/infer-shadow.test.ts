import { beforeEach, describe, expect, it } from 'vitest';
import { inferShadow, type ShadowPorts } from '../../../lambdas/serving/infer-shadow.ts';
import { failed } from '../../../lambdas/serving/isolated/candidate-answer.ts';
import { readPlacement } from '../../../lambdas/serving/read-placement.ts';
import { RouteCache } from '../../../lambdas/serving/route-cache.ts';
import { MAX_COPY_BYTES, ShadowCopy } from '../../../lambdas/serving/shadow-copy.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { FakeOpening, probability, tryOut } from './trials.ts';
import { httpEvent, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const SHADOW = { mode: 'shadow', share: 0 } as const;

useOwnTmpdir();

let world: World;
let isolated: FakeOpening;
let generation: number;
beforeEach(async () => {
  world = new World();
  isolated = new FakeOpening();
  world.isolated = isolated;
  await world.release();
  generation = tryOut(world, await world.approve({ subject: { version: '2.0.0' } }), SHADOW);
});

const post = async (body: unknown = ROW, changes: object = {}) => {
  const event = { ...httpEvent('POST', '/v2/models/risk/infer', body), ...changes };
  const { statusCode, body: text } = await world.sandbox()(event);
  return { status: statusCode, read: JSON.parse(String(text)) };
};
const copied = async (body: unknown = ROW): Promise<ShadowCopy> => {
  await post(body);
  return ShadowCopy.parse(JSON.parse(world.copies.at(-1) ?? ''));
};

describe('a request that is drawn for a shadow', () => {
  it('is answered by stable as ever, while its copy is sent', async () => {
    const { status, read } = await post({ ...ROW, id: 'r-1' });
    expect(status).toBe(200);
    expect(read.parameters).toEqual({ decision: expect.any(String) });
    expect(isolated.asked).toBe(0);
    expect(ShadowCopy.parse(JSON.parse(world.copies[0] ?? ''))).toMatchObject({
      ...{ tenant: 'acme', model: 'risk', generation, requestId: 'r-1' },
      body: { kind: 'tensors', text: JSON.stringify({ ...ROW, id: 'r-1' }) },
    });
  });

  it('is not copied when it is not in the sample', async () => {
    const route = world.routes.get('acme/risk');
    if (!route?.candidate) throw new Error('no candidate');
    world.reroute({ candidate: { ...route.candidate, shadowSample: 0 } });
    await post();
    expect(world.copies).toEqual([]);
  });

  it('is not copied when it is too long for an event, and that is counted', async () => {
    const long = { ...ROW, parameters: { note: 'x'.repeat(MAX_COPY_BYTES) } };
    expect((await post(long)).status).toBe(200);
    expect(world.copies).toEqual([]);
    expect(world.metrics).toContainEqual({
      dimension: { Tenant: 'acme', Model: 'risk' },
      measures: { ShadowSkipped: { value: 1, unit: 'Count' } },
      fields: { version: '2.0.0' },
    });
  });

  it('takes no harm when the copy cannot be sent', async () => {
    world.down.add('shadow');
    expect((await post()).status).toBe(200);
    expect(world.metrics.flatMap(({ measures }) => Object.keys(measures))).toContain(
      'ShadowUnsent',
    );
  });

  it('carries binary tensors along', async () => {
    const head = Buffer.from(
      JSON.stringify({
        inputs: [
          {
            ...{ name: 'x', datatype: 'FP32', shape: [1, 3] },
            parameters: { binary_data_size: 12 },
          },
        ],
      }),
    );
    const body = Buffer.concat([head, Buffer.from(Float32Array.of(2, 0, 0).buffer)]);
    const { status } = await post(undefined, {
      body: body.toString('base64'),
      isBase64Encoded: true,
      headers: {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': `${head.length}`,
      },
    });
    expect(status).toBe(200);
    const shadow = shadowSandbox();
    const copy = ShadowCopy.parse(JSON.parse(world.copies.at(-1) ?? ''));
    expect(await shadow.run(copy)).toMatchObject({ outcome: 'compared', stable: 'answered' });
  });
});

function shadowSandbox() {
  const ports: ShadowPorts = {
    models: world.models(),
    routes: new RouteCache((t, m) => readPlacement(world.registry, t, m), world.clock),
    recorder: world.recorder(),
    writeMetrics: world.writeMetrics,
  };
  return { run: inferShadow(ports) };
}

describe('the shadow function', () => {
  const arms = () => world.counted.get(generation)?.candidate;

  it('runs both versions, each isolated, and counts both', async () => {
    const copy = await copied();
    isolated.answer = () => probability(0.5, 3);
    const { run } = shadowSandbox();
    expect(await run(copy)).toEqual({
      outcome: 'compared',
      stable: 'answered',
      candidate: 'answered',
    });
    expect(isolated.asked).toBe(2);
    expect(arms()).toEqual({
      stable: expect.objectContaining({ assigned: 1, exposures: 1, failures: 0 }),
      candidate: expect.objectContaining({ assigned: 1, exposures: 1, failures: 0 }),
    });
  });

  it.each([
    ['candidate', [0.5, undefined], { stable: 0, candidate: 1 }],
    ['stable', [undefined, 0.5], { stable: 1, candidate: 0 }],
  ] as const)('counts a failure of %s on what the other answers', async (_, answers, failures) => {
    const copy = await copied();
    const left = [...answers];
    isolated.answer = () => {
      const p = left.shift();
      return p === undefined ? failed('crashed', 'why') : probability(p);
    };
    await shadowSandbox().run(copy);
    expect(arms()).toMatchObject({
      stable: { exposures: 1, failures: failures.stable },
      candidate: { exposures: 1, failures: failures.candidate },
    });
  });

  it('counts nothing of a request that both fail', async () => {
    const copy = await copied();
    isolated.answer = () => failed('threw', 'why');
    expect(await shadowSandbox().run(copy)).toMatchObject({ outcome: 'compared' });
    expect(arms()).toBeUndefined();
  });

  it('counts a user once, and each request without one', async () => {
    const { run } = shadowSandbox();
    const anns = await copied({ ...ROW, parameters: { user_id: 'ann' } });
    const nobodys = await copied();
    for (const copy of [anns, anns, nobodys, nobodys]) await run(copy);
    world.now += 1_000;
    await run(nobodys);
    expect(arms()?.candidate?.assigned).toBe(4);
  });

  it('knows a user in every process by the name that the tenant keeps secret', async () => {
    const anns = await copied({ ...ROW, parameters: { user_id: 'ann' } });
    expect(anns.unit).toMatch(/^[0-9a-f]{32}$/);
    expect((await copied()).unit).toBeUndefined();
    await shadowSandbox().run(anns);
    expect(arms()?.candidate?.users).toMatchObject({ assigned: 1, exposures: 1 });
    await shadowSandbox().run({ ...anns, unit: undefined });
    expect(arms()?.candidate?.users).toBeUndefined();
  });

  it.each([
    ['the route has changed', () => world.reroute({})],
    ['the candidate has a share', () => tryOutAgain({ mode: 'canary', share: 0.1 })],
    ['its version has failed', () => failVersion()],
  ])('drops a copy when %s', async (_, change) => {
    const copy = await copied();
    change();
    expect(await shadowSandbox().run(copy)).toEqual({ outcome: 'outdated' });
    expect(isolated.asked).toBe(0);
  });

  const tryOutAgain = (changes: object) => {
    const route = world.routes.get('acme/risk');
    if (!route?.candidate) throw new Error('no candidate');
    world.routes.set('acme/risk', { ...route, candidate: { ...route.candidate, ...changes } });
  };
  const failVersion = () => {
    const version = world.versions.get('acme/risk@2.0.0');
    if (version) world.put({ ...version, state: 'FAILED' });
  };
});
