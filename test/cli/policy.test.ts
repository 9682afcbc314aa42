import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeCloud } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

const PATH = '/governance/models/iris/policy';
const IN_FORCE = {
  revision: 2,
  hash: 'ab'.repeat(32),
  policy: {
    schema: 'assay.policy/v1',
    performance: { eceMax: 0.05, accuracyMin: 0.85 },
    holdout: { key: 'k', sha256: 'cd'.repeat(32) },
  },
  overlay: { performance: { eceMax: 0.05 } },
  inherited: { performance: { accuracyMin: 0.85 } },
};

let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  cloud.on(`GET ${PATH}`, IN_FORCE);
  cloud.on(`PUT ${PATH}`, { ...IN_FORCE, revision: 3 });
});
afterEach(() => cloud.stop());

async function overlayFile(text: string): Promise<string> {
  const file = join(terminal.home, 'overlay.json');
  await writeFile(file, text);
  return file;
}

it('shows every setting, the pinned rows by their hash, and whose each is', async () => {
  const { exit, stdout } = await terminal.run('policy', 'show', 'iris');
  expect(exit).toBe(0);
  expect(stdout).toContain('revision 2');
  expect(stdout).toMatch(/performance\.eceMax +0\.05 +own/);
  expect(stdout).toMatch(/performance\.accuracyMin +0\.85 +tenant/);
  expect(stdout).toMatch(/holdout\.sha256 .* default/);
  expect(stdout).toContain(`"${'cd'.repeat(32)}"`);
});

it('shows and sets the policy of the tenant where no model is named', async () => {
  cloud.on('GET /governance/policy', { ...IN_FORCE, inherited: {} });
  cloud.on('PUT /governance/policy', { ...IN_FORCE, inherited: {}, revision: 3 });
  expect((await terminal.run('policy', 'show')).stdout).toMatch(/accuracyMin +0\.85 +default/);
  const file = await overlayFile('{"performance": {"eceMax": 0.04}}');
  expect((await terminal.run('policy', 'set', '--file', file)).stdout).toContain('revision 3');
  expect(cloud.sent('PUT', '/governance/policy')).toHaveLength(1);
});

it('sets a policy for a model that has no version yet', async () => {
  cloud.on('PUT /governance/models/next/policy', { ...IN_FORCE, revision: 1 });
  const file = await overlayFile('{"performance": {"eceMax": 0.04}}');
  expect((await terminal.run('policy', 'set', 'next', '--file', file)).exit).toBe(0);
  expect(cloud.sent('PUT', '/governance/models/next/policy')[0]?.body).toMatchObject({
    revision: 0,
  });
});

it('sets an overlay against the revision that is in force', async () => {
  const file = await overlayFile('{"performance": {"eceMax": 0.04}}');
  const { exit, stdout } = await terminal.run('policy', 'set', 'iris', '--file', file);
  expect(exit).toBe(0);
  expect(cloud.sent('PUT', PATH)[0]?.body).toEqual({
    revision: 2,
    overlay: { performance: { eceMax: 0.04 } },
  });
  expect(stdout).toContain('revision 3');
});

it('ends undecided when another admin has to agree, and says to what', async () => {
  cloud.on(`PUT ${PATH}`, () => ({
    status: 202,
    body: {
      ...IN_FORCE,
      proposer: 'dora',
      looser: [{ field: 'performance.eceMax', got: '0.2', expected: 'at most 0.05', remedy: 'r' }],
    },
  }));
  const file = await overlayFile('{"performance": {"eceMax": 0.2}}');
  const { exit, stdout } = await terminal.run('policy', 'set', 'iris', '--file', file);
  expect(exit).toBe(2);
  expect(stdout).toContain('another tenant_admin must set the same');
  expect(stdout).toContain('performance.eceMax: 0.2, expected at most 0.05');
});

it.each([
  ['no JSON', '{', 3, 'expected a JSON document'],
  ['an unknown setting', '{"performance": {"speed": 1}}', 1, 'performance.speed'],
])('sends nothing for %s', async (_, text, exit, says) => {
  const file = await overlayFile(text);
  const ran = await terminal.run('policy', 'set', 'iris', '--file', file);
  expect(ran.exit).toBe(exit);
  expect(ran.stderr).toContain(says);
  expect(cloud.sent('PUT', PATH)).toEqual([]);
});
