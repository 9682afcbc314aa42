import { expect, it } from 'vitest';
import { RIVAL, version, World } from './world.ts';

const PATH = '/models/fraud/versions/1.0.0/description';
const pointer = (key: string) => ({ key, versionId: '1', sha256: 'aa'.repeat(32) });

it('gives the documents and their attestations', async () => {
  const world = new World();
  world.versions[0] = version({
    description: {
      card: pointer('card'),
      cardAttestation: pointer('card.dsse'),
      bom: pointer('bom'),
      bomAttestation: pointer('bom.dsse'),
    },
  });
  for (const key of ['card', 'card.dsse', 'bom', 'bom.dsse']) world.documents.set(key, { key });
  expect(await world.get(PATH)).toEqual({
    status: 200,
    body: {
      card: { key: 'card' },
      bom: { key: 'bom' },
      attestations: { card: { key: 'card.dsse' }, bom: { key: 'bom.dsse' } },
    },
  });
  expect((await world.get(PATH, RIVAL)).status).toBe(404);
});

it('says why there are none yet', async () => {
  expect(await new World().get(PATH)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('fraud@1.0.0 is STAGING and has no model card') },
  });
});
