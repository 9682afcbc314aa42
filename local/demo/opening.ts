import * as z from 'zod/mini';
import { type Cloud, reset, up } from '../cloud.ts';
import { PEOPLE, settlePeople } from '../people.ts';
import { Assay } from './assay.ts';
import { LOAN, MODEL } from './models.ts';

export const Models = z.object({
  models: z.array(
    z.object({ model: z.string(), versions: z.array(z.object({ version: z.string() })) }),
  ),
});

interface Opened {
  readonly cloud: Cloud;
  readonly assay: Assay;
}

/** The story needs a cloud without its model; it empties one that holds nothing else. */
export async function begin(say: (line: string) => void): Promise<Opened> {
  const opened = await open(say);
  const { json } = await opened.assay.ask('submitter', 'list');
  const models = Models.parse(json).models.map(({ model }) => model);
  if (!models.includes(MODEL)) return opened;
  if (models.some((model) => model !== MODEL && model !== LOAN)) {
    throw new Error(
      `the local cloud holds ${models.join(', ')}; the demo needs one without ${MODEL}: npm run local:reset`,
    );
  }
  say('the demo ran here before: starting from an empty cloud');
  await reset();
  return open(say);
}

async function open(say: (line: string) => void): Promise<Opened> {
  const cloud = await up({ say });
  const assay = new Assay(cloud, await settlePeople(cloud));
  await Promise.all(PEOPLE.map(({ name }) => assay.login(name)));
  return { cloud, assay };
}
