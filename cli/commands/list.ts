import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { documented } from '../help.ts';
import { type ListedModel, modelsView } from '../render/lists.ts';

export const listCommand = (act: Act): Command =>
  documented(
    new Command('list')
      .description('models, their versions and stages, newest first')
      .action(act(list)),
    ['list', "list --json | jq '.models[].champion'"],
  );

async function list({ api, out }: Context): Promise<ExitCode> {
  const client = await api();
  const models: ListedModel[] = [];
  for (const { model, champion } of await client.models()) {
    const versions = await client.versions(model);
    models.push({ model, champion, versions: versions.sort((a, b) => b.ordinal - a.ordinal) });
  }
  out.result({ models }, (value, style) => modelsView(value.models, style));
  return EXIT.ok;
}
