import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Card } from '#domain/gates/card/card.ts';
import {
  BOM_PREDICATE,
  CARD_PREDICATE,
  descriptionStatement,
} from '#domain/gates/card/statement.ts';
import type { Json } from '#domain/gates/verdict.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import { envelopeText } from '#domain/signing/dsse.ts';
import { signStatement } from '#domain/signing/signer.ts';
import { P256Key } from '../support/p256-key.ts';
import { linearIo } from '../support/sample-release.ts';
import { FakeCloud } from './support/fake-cloud.ts';
import { Terminal } from './support/terminal.ts';

const DESCRIPTION = '/governance/models/iris/versions/1.0.0/description';
const card: Card = {
  schema: 'assay.model-card/v1',
  tenant: 'default',
  model: 'iris',
  version: '1.0.0',
  digest: parseDigest('ab'.repeat(32)),
  policyHash: parseDigest('cd'.repeat(32)),
  registeredAt: '2026-03-01T10:00:00Z',
  submitter: 'dora',
  format: 'onnx',
  bytes: 120,
  risk: 'limited',
  io: linearIo,
  datasets: [],
  metrics: [{ type: 'accuracy', value: 0.96 }],
  gates: [{ gate: 'schema', verdict: 'pass', result: 'ef'.repeat(32), checks: [] }],
};
const bom = { bomFormat: 'CycloneDX', specVersion: '1.6' };
const key = new P256Key();

let cloud: FakeCloud;
let terminal: Terminal;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  terminal = await Terminal.open();
  await terminal.login(cloud);
  const { hint } = await key.publicKey();
  cloud.on('GET /governance/keys', {
    artifact: { pem: new P256Key().pem, hint: 'other' },
    attestation: { pem: key.pem, hint },
  });
});
afterEach(() => cloud.stop());

async function describedAs(shownCard: object, shownBom: object, signer = key) {
  const sign = async (type: typeof CARD_PREDICATE | typeof BOM_PREDICATE, document: Json) =>
    JSON.parse(
      envelopeText(await signStatement(descriptionStatement(card, type, document), signer)),
    );
  cloud.on(`GET ${DESCRIPTION}`, {
    card: shownCard,
    bom: shownBom,
    attestations: {
      card: await sign(CARD_PREDICATE, card as unknown as Json),
      bom: await sign(BOM_PREDICATE, bom),
    },
  });
}

it('shows what was measured and judged, and writes both documents', async () => {
  await describedAs(card, bom);
  const [html, json] = ['card.html', 'bom.json'].map((name) => join(terminal.home, name));
  const ran = await terminal.run('card', 'iris@1.0.0', '--html', html ?? '', '--bom', json ?? '');
  expect(ran).toMatchObject({ exit: 0 });
  expect(ran.stdout).toMatch(/accuracy +0\.96 +all/);
  expect(ran.stdout).toMatch(/schema +pass +0/);
  expect(await readFile(html ?? '', 'utf8')).toContain('<title>iris 1.0.0</title>');
  expect(JSON.parse(await readFile(json ?? '', 'utf8'))).toEqual(bom);
});

it.each([
  ['a card that was changed', { ...card, risk: 'minimal' }, bom, key, 'model card'],
  ['a bill that was changed', card, { ...bom, specVersion: '1.5' }, key, 'bill of materials'],
  ['a signature by another key', card, bom, new P256Key(), 'model card'],
])('shows nothing of %s', async (_, shownCard, shownBom, signer, what) => {
  await describedAs(shownCard, shownBom, signer);
  const file = join(terminal.home, 'card.html');
  const { exit, stdout, stderr } = await terminal.run('card', 'iris@1.0.0', '--html', file);
  expect(exit).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(`the ${what} of iris@1.0.0 does not verify`);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});

it('says which file it cannot write', async () => {
  await describedAs(card, bom);
  const { exit, stderr } = await terminal.run('card', 'iris@1.0.0', '--html', '/no/such/folder/x');
  expect(exit).toBe(3);
  expect(stderr).toContain('--html');
});
