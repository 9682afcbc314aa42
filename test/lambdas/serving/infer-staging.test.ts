import { beforeEach, describe, expect, it } from 'vitest';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { inferStaging } from '../../../lambdas/serving/infer-staging.ts';
import { P256Key } from '../../support/p256-key.ts';
import { useOwnTmpdir } from './own-tmpdir.ts';
import { CLAIMS, httpEvent, World } from './world.ts';

const ROW = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [2, 0, 0] }] };
const PINNED = '/v2/models/risk/versions/1.0.0/infer';

useOwnTmpdir();

let world: World;
let serve: ReturnType<World['stagingSandbox']>;
beforeEach(() => {
  world = new World();
  serve = world.stagingSandbox();
});

const post = async (path = PINNED, claims: Record<string, unknown> = CLAIMS) => {
  const { statusCode, body } = await serve(httpEvent('POST', path, ROW, { claims }));
  return { status: statusCode, error: JSON.parse(String(body)).error as string | undefined };
};
const inProduction = async (path = PINNED) => {
  const { statusCode } = await world.sandbox()(httpEvent('POST', path, ROW));
  return statusCode;
};
const modelReads = () => world.opened.filter((key) => key.endsWith('.onnx')).length;

describe('the staging function', () => {
  it('answers with a version that the gates still judge, by the same code', async () => {
    await world.stage();
    expect(await post()).toEqual({ status: 200, error: undefined });
    expect(world.lines.at(-1)?.fields).toMatchObject({ version: '1.0.0', load: 'cold' });
  });

  it('goes by the path, not by the route', async () => {
    await world.release();
    await world.stage({ subject: { version: '2.0.0' } });
    expect(await post('/v2/models/risk/versions/2.0.0/infer')).toMatchObject({ status: 200 });
    expect(await post('/v2/models/risk/infer')).toMatchObject({
      status: 404,
      error: expect.stringContaining('"risk" without a version'),
    });
  });

  it('tells its own time', async () => {
    await world.stage();
    const { headers } = await inferStaging(serve)(httpEvent('POST', PINNED, ROW));
    expect(headers).toEqual({
      'content-type': 'application/json',
      'server-timing': expect.stringMatching(/^infer;dur=\d+\.\d{3}$/),
    });
  });
});

describe('the staging function loads nothing', () => {
  const refuses = async (status: number, error: string) => {
    expect(await post()).toEqual({ status, error: expect.stringContaining(error) });
    expect(modelReads()).toBe(0);
  };
  const change = (version: VersionRecord, fields: Partial<VersionRecord>) =>
    world.put({ ...version, ...fields });

  it('that was held back', async () => {
    const { stagingAdmission: _, ...held } = await world.stage();
    world.put(held);
    await refuses(404, 'VALIDATION, not admitted to staging');
  });

  it('that nobody registered', () => refuses(404, '1.0.0: unknown'));

  it.each(['FAILED', 'PRODUCTION', 'DEPRECATED'] as const)('that is %s by now', async (state) => {
    change(await world.stage(), { state });
    await refuses(404, `${state}, not admitted to staging`);
  });

  it('on the word of an admission to serve', async () => {
    const version = await world.stage({ admission: { scope: 'ADMITTED' } });
    change(version, { state: 'STAGING' });
    await refuses(503, 'admission did not pass verification');
  });

  it.each([
    ['another key', { attestationKey: new P256Key() }],
    ['another digest', { admission: { digest: '0'.repeat(64) as VersionRecord['digest'] } }],
    [
      'another version',
      { admission: { subject: { tenant: 'acme', model: 'risk', version: '2.0.0' } } },
    ],
  ])('on the word of %s', async (_, what) => {
    await world.stage(what);
    await refuses(503, 'admission did not pass verification');
  });

  it('of another tenant', async () => {
    await world.stage();
    const claims = { ...CLAIMS, 'custom:tenant': 'rival' };
    expect(await post(PINNED, claims)).toMatchObject({ status: 404 });
    expect(modelReads()).toBe(0);
  });

  it('once it was held back again, two seconds later at most', async () => {
    const version = await world.stage();
    expect(await post()).toMatchObject({ status: 200 });
    change(version, { state: 'FAILED' });
    world.now += 1_999;
    expect(await post()).toMatchObject({ status: 200 });
    world.now += 1;
    expect(await post()).toMatchObject({ status: 404 });
  });

  it('while the registry is away, and says so', async () => {
    await world.stage();
    world.down.add('registry');
    await refuses(503, 'the version cannot be read now');
  });
});

describe('production', () => {
  it('does not see a version that staging may load', async () => {
    await world.stage();
    expect(await inProduction()).toBe(404);
    expect(modelReads()).toBe(0);
  });

  it('does not load it either where the registry says that it is in production', async () => {
    const version = await world.stage();
    const live = { ...version, state: 'PRODUCTION' } as const;
    world.put(live);
    world.send(live);
    expect(await inProduction()).toBe(503);
    expect(world.mismatches).toMatchObject([{ what: 'admission', got: 'none' }]);
    expect(modelReads()).toBe(0);
  });

  it('nor where the registry passes its leave for staging off as one to serve', async () => {
    const version = await world.stage();
    const { stagingAdmission: admission } = version;
    const live = { ...version, state: 'PRODUCTION', ...(admission && { admission }) } as const;
    world.put(live);
    world.send(live);
    expect(await inProduction()).toBe(503);
    expect(world.mismatches).toMatchObject([
      { what: 'admission', got: expect.stringContaining('ASSAY_STAGING, expected ASSAY_ADMITTED') },
    ]);
    expect(modelReads()).toBe(0);
  });
});
