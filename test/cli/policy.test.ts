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

it('shows every setting, the pinned rows by their hash, and which are the model’s own', async () => {
  const { exit, stdout } = await terminal.run('policy', 'show', 'iris');
  expect(exit).toBe(0);
  expect(stdout).toContain('revision 2');
  expect(stdout).toMatch(/performance\.eceMax +0\.05 +of the model/);
  expect(stdout).toMatch(/performance\.accuracyMin +0\.85 +default/);
  expect(stdout).toContain(`"${'cd'.repeat(32)}"`);
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
