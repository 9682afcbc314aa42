import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failed, messageOf } from '../failure.ts';
import { documented } from '../help.ts';
import { parseModelRef } from '../model-ref.ts';
import { predictionView } from '../render/prediction.ts';

export const predictCommand = (act: Act): Command =>
  documented(
    new Command('predict')
      .description('ask a model for a prediction (Open Inference Protocol v2)')
      .argument('<model[@version]>', 'the version that serves unless one is named')
      .requiredOption('--file <request.json>', 'body of the request')
      .action(act(predict)),
    ['predict breast-cancer --file examples/breast-cancer/predict.json'],
  );

async function predict(
  { api, out }: Context,
  text: string,
  { file }: { readonly file: string },
): Promise<ExitCode> {
  const ref = parseModelRef(text);
  const answer = await (await api()).infer(ref, await readRequest(file));
  out.result(answer, (value, style) => predictionView(ref, value, style));
  return EXIT.ok;
}

async function readRequest(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw failed(
      {
        field: '--file',
        got: messageOf(cause),
        expected: 'a JSON document such as {"inputs": [{"name", "datatype", "shape", "data"}]}',
        remedy: 'correct the file or its path',
      },
      { cause },
    );
  }
}
