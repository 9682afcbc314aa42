import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { artifactOf } from './support/artifact.ts';
import { assay } from './support/assay.ts';
import { approvalIdOf, inState } from './support/registry.ts';
import { mapPerson, upload } from './support/upload.ts';

const MODEL = 'policy';
const PRINCIPAL = 'AROAPOLICY:ci';
const folder = mkdtempSync(join(tmpdir(), 'assay-policy-'));

beforeAll(async () => {
  await mapPerson(PRINCIPAL, 'ci', ['data_scientist']);
  await upload(artifactOf(MODEL), { principal: PRINCIPAL, model: MODEL });
  const id = await approvalIdOf(MODEL, '1.0.0');
  await assay('reviewer-1', 'approve', id);
  await assay('reviewer-2', 'approve', id);
  await inState(MODEL, '1.0.0', 'PRODUCTION');
});

function overlay(settings: object): string {
  const file = join(folder, 'overlay.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

const set = (admin: string, settings: object) =>
  assay(admin, 'policy', 'set', MODEL, '--file', overlay(settings));

it('judges the next version by what one admin has tightened', async () => {
  const strict = { performance: { accuracyMin: 0.98, accuracyWarn: 0.99 } };
  expect(await set('admin-1', strict)).toMatchObject({ code: 0, json: { revision: 2 } });
  await upload(artifactOf(MODEL, '1.1.0-better'), { principal: PRINCIPAL, model: MODEL });
  await inState(MODEL, '1.1.0', 'FAILED');
  const { json } = await assay('submitter', 'status', `${MODEL}@1.1.0`);
  const performance = json.gates.find(({ gate }: { gate: string }) => gate === 'performance');
  expect(performance.checks).toContainEqual(
    expect.objectContaining({
      id: 'performance.accuracy-floor',
      verdict: 'fail',
      threshold: 0.98,
    }),
  );
});

it('is loosened only when two admins set the same, and keeps the pinned rows', async () => {
  expect(await set('admin-1', {})).toMatchObject({ code: 2, json: { revision: 2 } });
  expect(await set('admin-1', {})).toMatchObject({ code: 2 });
  expect(await set('admin-2', {})).toMatchObject({
    code: 0,
    json: { revision: 3, policy: { performance: { accuracyMin: 0.85 }, holdout: {} } },
  });
});
