import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Invoked } from '#aws/staging-function.ts';
import { rollbackKey } from '#domain/registry/keys.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RollbackRecord } from '#domain/rollout/rollback-record.ts';
import { NO_TRAFFIC, type Traffic } from '#domain/rollout/traffic.ts';
import { firstRoute } from '#domain/serving/routing/promote.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import { validateRollback } from '../../../lambdas/rollout/validate-rollback.ts';
import { sampleCandidate } from '../../domain/serving/routing/sample-route.ts';
import { MemoryArtifacts } from '../../support/memory-artifacts.ts';
import { MemoryEvidence } from '../../support/memory-evidence.ts';
import { registered, sampleFiles, subject } from '../../support/sample-release.ts';
import { model, RollbackWorld, request } from './rollback-world.ts';

const KILLED_AT = '2026-01-01T00:10:00.000Z';
const KNOWN_AT = Date.parse('2026-01-01T00:10:15.000Z');

const answered = { name: 'y', datatype: 'FP32', shape: [1, 1], data: [0.5] };
const golden = {
  schema: 'assay.golden/v1',
  tolerance: 0,
  cases: ['a', 'b'].map((name) => ({
    name,
    request: { inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] }] },
    expected: { outputs: [answered] },
  })),
};

let world: RollbackWorld;
let artifacts: MemoryArtifacts;
let evidence: MemoryEvidence;
let version: VersionRecord;
let route: RouteDocument;
/** What stale processes have counted of the candidate by now, in generation 7. */
let counted: number;
let sent: { rawPath: string; body: string }[];
let answer: (path: string) => Invoked;
const asked = request();

const byInfer = (body: object, statusCode = 200): Invoked => ({
  outcome: 'answered',
  answer: { statusCode, body: JSON.stringify(body) },
});
const throttled: Invoked = { outcome: 'unsent', reason: 'TooManyRequestsException' };
const good = (): Invoked => byInfer({ model_version: version.version, outputs: [answered] });

async function prepare(files: object = { 'golden.json': JSON.stringify(golden) }) {
  const goldenCases = 'golden.json' in files ? 'golden.json' : undefined;
  const all = { ...sampleFiles, ...files };
  const found = await registered(artifacts, evidence, all, goldenCases ? { goldenCases } : {});
  version = { ...found.version, state: 'PRODUCTION' };
  const target = { version: version.version, digest: version.digest };
  route = firstRoute(model, target, { ms: 0, iso: KILLED_AT });
}

const traffic = (exposures: number, stable: number): Traffic => ({
  candidate: {
    candidate: { ...NO_TRAFFIC, assigned: exposures, exposures },
    stable: { ...NO_TRAFFIC, assigned: stable, exposures: stable },
  },
});

const validate = () =>
  validateRollback({
    ...world.ports,
    routes: { of: async () => route },
    registry: { version: async (of) => (of.version === version.version ? version : undefined) },
    counters: {
      of: async (_, generation) => (generation === 7 ? traffic(counted, 5_700) : traffic(10, 0)),
    },
    evidence,
    artifacts,
    infer: {
      send: async (event) => {
        const { rawPath, body } = event as { rawPath: string; body: string };
        sent.push({ rawPath, body });
        return answer(rawPath);
      },
    },
  })({ rollback: { ...model, id: asked.id } });

const recordOf = async (): Promise<RollbackRecord> => {
  const record = await world.rollbacks.get(asked);
  if (!record) throw new Error('there is no rollback');
  return record;
};

/** The first call, and the minute after which it is called again. */
async function watched(seconds = 60): Promise<void> {
  expect(await validate()).toEqual({ outcome: 'watch' });
  vi.setSystemTime(Date.now() + seconds * 1000);
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: KNOWN_AT });
  world = new RollbackWorld();
  [artifacts, evidence, sent, counted] = [new MemoryArtifacts(), new MemoryEvidence(), [], 300];
  answer = good;
  await prepare();
  await world.begin(asked);
  world.table.put(rollbackKey(model, asked.id), {
    ...(await recordOf()),
    status: 'ROLLED_BACK',
    killed: {
      generation: 8,
      at: KILLED_AT,
      to: version.version,
      arms: [{ trial: 'candidate', arm: 'candidate' }],
      generations: [6, 7],
      lastSince: '2026-01-01T00:09:00.000Z',
    },
  });
});
afterEach(() => vi.useRealTimers());

describe('a rollback that works', () => {
  it('is watched first, from what stale routes have done by then', async () => {
    await watched();
    expect((await recordOf()).watch).toEqual({
      at: new Date(KNOWN_AT).toISOString(),
      exposures: 310,
      perSecond: 100,
      number: 1,
    });
    expect(sent).toEqual([]);
  });

  it('is verified once nothing came and the golden cases are answered', async () => {
    await watched();
    expect(await validate()).toEqual({ outcome: 'verified' });
    const { status, checks } = await recordOf();
    expect(status).toBe('VERIFIED');
    expect(checks?.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'rollback.residual-share pass',
      'rollback.answers pass',
      'rollback.version pass',
      'rollback.golden pass',
    ]);
    expect(world.table.entries('rollback.validated')).toHaveLength(1);
    expect(world.counts).toEqual([]);
  });

  it('is asked of whoever answers, without saying which version that is to be', async () => {
    await watched();
    await validate();
    expect(sent.map(({ rawPath }) => rawPath)).toEqual(Array(2).fill('/v2/models/churn/infer'));
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual(golden.cases[0]?.request);
  });

  it('is asked of stable by its version while something is on trial again', async () => {
    route = { ...route, candidate: sampleCandidate() };
    await watched();
    expect(await validate()).toEqual({ outcome: 'verified' });
    const path = `/v2/models/churn/versions/${subject.version}/infer`;
    expect(sent.map(({ rawPath }) => rawPath)).toEqual([path, path]);
  });

  it('is verified though some processes wrote late what they had counted before', async () => {
    await watched();
    counted += 7;
    await watched();
    expect((await recordOf()).watch).toMatchObject({ exposures: 317, perSecond: 100, number: 2 });
    expect(await validate()).toEqual({ outcome: 'verified' });
  });

  it('is verified though infer was throttled at the first look', async () => {
    const answers = [good(), throttled];
    answer = () => answers.shift() ?? good();
    await watched();
    await watched();
    expect((await recordOf()).watch?.number).toBe(2);
    expect(await validate()).toEqual({ outcome: 'verified' });
    expect(world.counts).toEqual([]);
  });

  it('says again what it said, where the task is tried again', async () => {
    await watched(59);
    expect(await validate()).toEqual({ outcome: 'watch' });
    expect((await recordOf()).watch?.at).toBe(new Date(KNOWN_AT).toISOString());
    vi.setSystemTime(Date.now() + 1000);
    expect(await validate()).toEqual({ outcome: 'verified' });
    answer = () => byInfer({}, 500);
    expect(await validate()).toEqual({ outcome: 'verified' });
    expect(world.table.entries('rollback.validated')).toHaveLength(1);
  });
});

describe('a rollback is not verified', () => {
  const unverified = async (id: string, message: RegExp) => {
    await watched();
    expect(await validate()).toEqual({ outcome: 'unverified' });
    const { status, checks } = await recordOf();
    expect(status).toBe('UNVERIFIED');
    const bad = checks?.filter(({ verdict }) => verdict !== 'pass') ?? [];
    expect(bad.map((check) => check.id)).toContain(id);
    expect(bad.map((check) => check.message).join('\n')).toMatch(message);
    expect(world.counts).toEqual([{ RollbackUnverified: 1 }]);
  };

  it('while stale routes go on asking the version', async () => {
    for (let window = 0; window < 3; window++) {
      await watched();
      counted += 7;
    }
    expect(await validate()).toEqual({ outcome: 'unverified' });
    expect((await recordOf()).checks?.[0]).toMatchObject({
      id: 'rollback.residual-share',
      verdict: 'fail',
      observed: 7 / 6000,
      threshold: 0.001,
    });
  });

  it('while another version answers', async () => {
    answer = () => byInfer({ model_version: '6.6.6', outputs: [answered] });
    await unverified('rollback.version', /6\.6\.6/);
  });

  it('while what answers is not what it was accepted by', async () => {
    const outputs = [{ ...answered, data: [0.51] }];
    answer = () => byInfer({ model_version: version.version, outputs });
    await unverified('rollback.golden', /case a: output y\[0\]: got 0.51, expected 0.5/);
  });

  it('while stable fails, and the reason quotes no input', async () => {
    answer = () => byInfer({ error: 'x: got 4711' }, 400);
    await unverified('rollback.answers', /status 400$/);
  });

  it('while infer crashes', async () => {
    answer = () => ({ outcome: 'crashed', reason: 'Runtime.ExitError' });
    await unverified('rollback.answers', /crashed: Runtime.ExitError/);
  });

  it('while infer cannot be asked in three looks, at each of which it is tried once', async () => {
    answer = () => throttled;
    await watched();
    await watched();
    await watched();
    expect(await validate()).toEqual({ outcome: 'unverified' });
    expect((await recordOf()).checks?.slice(1)).toEqual([
      {
        id: 'rollback.asked',
        verdict: 'inconclusive',
        message:
          '0 of 2 golden cases were asked, then Lambda did not run Infer: TooManyRequestsException',
      },
    ]);
    expect(sent).toHaveLength(3);
  });

  it('at once where a case fails before one that cannot be asked', async () => {
    const answers = [byInfer({}, 500), throttled];
    answer = () => answers.shift() ?? good();
    await unverified('rollback.answers', /status 500/);
  });

  it('where there is nothing to ask', async () => {
    await prepare({});
    await unverified('rollback.golden', /has no golden cases; nothing shows/);
  });

  it('where what should be asked cannot be read', async () => {
    await prepare({ 'golden.json': '{"schema":"assay.golden/v1"}' });
    await unverified('rollback.golden', /cases/);
  });
});

it('a rollback that has not been is not validated', async () => {
  const other = request();
  await world.begin(other);
  const early = validateRollback({
    ...world.ports,
    counters: { of: async () => ({}) },
    evidence,
    artifacts,
    infer: { send: async () => good() },
  })({ rollback: { ...model, id: other.id } });
  await expect(early).rejects.toThrow(/is RUNNING, expected ROLLED_BACK/);
});
