import { Command } from 'commander';
import type { Card } from '#domain/gates/card/card.ts';
import { cardHtml } from '#domain/gates/card/html.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import { openEnvelope } from '#domain/signing/dsse.ts';
import type { PublicKey } from '#domain/signing/public-key.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { documented } from '../help.ts';
import { namedVersion } from '../named-version.ts';
import { cardView } from '../render/card.ts';
import { readKey } from '../verification.ts';
import { writeOption } from '../write-option.ts';

interface Options {
  readonly html?: string;
  readonly bom?: string;
}

export const cardCommand = (act: Act): Command =>
  documented(
    new Command('card')
      .description('the signed model card and bill of materials of a version')
      .argument('<model[@version]>', 'the latest version unless one is named')
      .option('--html <file>', 'write the card as an HTML page')
      .option('--bom <file>', 'write the bill of materials as CycloneDX JSON')
      .action(act(card)),
    ['card breast-cancer@1.1.0', 'card breast-cancer --html card.html --bom bom.json'],
  );

/** Shows nothing whose attestation does not verify. */
async function card(context: Context, text: string, { html, bom }: Options): Promise<ExitCode> {
  const ref = await namedVersion(context, text);
  const client = await context.api();
  const [described, { attestation }] = await Promise.all([client.description(ref), client.keys()]);
  const key = readKey(attestation.pem, 'the API');
  const what = `${ref.model}@${ref.version}`;
  verify(`model card of ${what}`, described.card, described.attestations.card, key);
  verify(`bill of materials of ${what}`, described.bom, described.attestations.bom, key);

  const verified = described.card as unknown as Card;
  if (html !== undefined) await writeOption('--html', html, cardHtml(verified));
  if (bom !== undefined)
    await writeOption('--bom', bom, `${JSON.stringify(described.bom, null, 2)}\n`);
  context.out.result(verified, cardView);
  return EXIT.ok;
}

function verify(what: string, document: unknown, envelope: unknown, key: PublicKey): void {
  const opened = openEnvelope(JSON.stringify(envelope), key);
  if (opened.ok && hashOf(opened.value.predicate) === hashOf(document)) return;
  const reason = opened.ok ? 'the attestation is of another document' : opened.reason;
  throw new Failure(`the ${what} does not verify: ${reason}; do not rely on it`, {
    exit: EXIT.refused,
  });
}
