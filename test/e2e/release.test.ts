import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '#domain/gates/policy.ts';
import { artifactOf } from './support/artifact.ts';
import { assay } from './support/assay.ts';
import { approvalIdOf, entriesAbout, inState, routeOf, versionsOf } from './support/registry.ts';
import { until } from './support/until.ts';

const MODEL = 'release';
const PREDICT = new URL('../../examples/breast-cancer/predict.json', import.meta.url).pathname;

const approve = async (version: string): Promise<void> => {
  const id = await approvalIdOf(MODEL, version);
  expect(await assay('reviewer-1', 'approve', id)).toMatchObject({ code: 0 });
  expect(await assay('reviewer-2', 'approve', id)).toMatchObject({ code: 0 });
  await inState(MODEL, version, 'PRODUCTION');
};

const servedBy = (version: string) =>
  until(`a prediction by ${version}`, async () => {
    const { code, json } = await assay('submitter', 'predict', MODEL, '--file', PREDICT);
    return code === 0 && json.model_version === version ? json : undefined;
  });

it('takes a baseline from upload to production, and a better version past it', async () => {
  const first = await assay('submitter', 'register', artifactOf(MODEL));
  expect(first, first.stderr).toMatchObject({ code: 0 });
  await approve('1.0.0');
  const { outputs } = await servedBy('1.0.0');
  expect(outputs.map(({ name }: { name: string }) => name)).toEqual(['label', 'probabilities']);

  const better = await assay('submitter', 'register', artifactOf(MODEL, '1.1.0-better'));
  expect(better, better.stderr).toMatchObject({ code: 0 });
  await approve('1.1.0');
  await servedBy('1.1.0');
  expect((await versionsOf(MODEL)).map(({ version, state }) => [version, state])).toEqual([
    ['1.0.0', 'DEPRECATED'],
    ['1.1.0', 'PRODUCTION'],
  ]);
  expect(await routeOf(MODEL)).toMatchObject({ generation: 2, stable: { version: '1.1.0' } });
});

it('refuses a worse version by the performance gate and keeps its evidence', async () => {
  const { code } = await assay('submitter', 'register', artifactOf(MODEL, '1.2.0-worse'));
  expect(code).toBe(1);
  const { json } = await assay('submitter', 'status', `${MODEL}@1.2.0`);
  expect(json.state).toBe('FAILED');
  const performance = json.gates.find(({ gate }: { gate: string }) => gate === 'performance');
  const failed = performance.checks.filter(
    ({ verdict }: { verdict: string }) => verdict === 'fail',
  );
  expect(failed.map(({ id }: { id: string }) => id)).toEqual([
    'performance.accuracy-floor',
    'performance.accuracy-ratio',
    'performance.calibration',
  ]);
  expect(await routeOf(MODEL)).toMatchObject({ stable: { version: '1.1.0' } });
});

it('writes an audit entry for every step of a release', async () => {
  const entries = await entriesAbout(MODEL);
  const about = entries.filter(({ subject }) => subject === `default/${MODEL}/1.0.0`);
  expect(about.map(({ type, data }) => [type, data.gate ?? data.to ?? data.status ?? ''])).toEqual(
    expect.arrayContaining([
      ['version.registered', ''],
      ['version.signed', ''],
      ...DEFAULT_POLICY.gates.required.flatMap((gate) => [
        ['version.gate.completed', gate],
        ['version.gate.attested', gate],
      ]),
      ['version.staging.admitted', ''],
      ['version.state.changed', 'STAGING'],
      ['version.described', ''],
      ['approval.requested', ''],
      ['approval.voted', ''],
      ['approval.closed', 'APPROVED'],
      ['version.state.changed', 'PRODUCTION'],
    ]),
  );
});
