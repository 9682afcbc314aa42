import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { MANIFEST_FILE } from '#domain/registry/manifest.ts';
import { SIGNATURE_FILE } from '#domain/signing/artifact-path.ts';
import type { ArtifactFile } from '#domain/signing/oms.ts';
import { hashFile, listFolder } from '../artifact-folder.ts';
import type { Act, Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { Failure, failed, messageOf } from '../failure.ts';
import { documented } from '../help.ts';
import { parseVersionRef } from '../model-ref.ts';
import { fetchFile, freshFiles } from '../remote-files.ts';
import { verificationView } from '../render/verification.ts';
import {
  ofVersion,
  readKey,
  VERIFICATION_EXIT,
  type Verification,
  verification,
} from '../verification.ts';

interface Options {
  readonly publicKey?: string;
  readonly signature?: string;
}

export const verifyCommand = (act: Act): Command =>
  documented(
    new Command('verify')
      .description('check the signature of a folder, or of a registered version')
      .argument('<dir|model@version>', 'a folder is verified offline when --public-key is given')
      .option('--public-key <file>', "PEM of the signing key, instead of the API's word for it")
      .option('--signature <file>', `bundle, instead of DIR/${SIGNATURE_FILE}`)
      .action(act(verify)),
    ['verify ./breast-cancer-1.1.0 --public-key artifact-key.pem', 'verify breast-cancer@1.1.0'],
  );

async function verify(context: Context, subject: string, options: Options): Promise<ExitCode> {
  const isFolder = await stat(subject).then(
    (found) => found.isDirectory(),
    () => false,
  );
  // A path that is not there is more likely misspelt than meant as a model.
  const result =
    isFolder || /[/\\]/.test(subject) || !subject.includes('@')
      ? await verifyFolder(context, subject, options)
      : await verifyVersion(context, subject, options);
  context.out.result(result, verificationView(subject));
  return VERIFICATION_EXIT[result.outcome];
}

async function verifyFolder(
  context: Context,
  folder: string,
  { publicKey, signature = join(folder, SIGNATURE_FILE) }: Options,
): Promise<Verification> {
  const { files, problems } = await listFolder(folder);
  if (problems.length > 0) {
    throw new Failure(`${folder} holds what no signature covers`, { exit: EXIT.refused, problems });
  }
  const bundle = await readText(signature, '--signature', 'the bundle (model.sig)');
  const from = publicKey ?? 'the API';
  const pem = publicKey
    ? await readText(publicKey, '--public-key', 'a PEM file')
    : (await (await context.api()).keys()).artifact.pem;
  const key = readKey(pem, from);
  const hashed: ArtifactFile[] = [];
  for (const { path } of files) {
    hashed.push({ path, sha256: await hashFile(join(folder, path)) });
  }
  return verification(bundle, key, from, hashed);
}

async function verifyVersion(
  context: Context,
  text: string,
  { publicKey, signature }: Options,
): Promise<Verification> {
  const ref = parseVersionRef(text);
  const api = await context.api();
  const offer = await api.download(ref);
  const from = publicKey ?? 'the API';
  const key = readKey(
    publicKey ? await readText(publicKey, '--public-key', 'a PEM file') : offer.publicKeyPem,
    from,
  );
  const bundle = signature
    ? await readText(signature, '--signature', 'the bundle (model.sig)')
    : JSON.stringify(offer.signature);
  const manifest: Uint8Array[] = [];
  for await (const file of freshFiles(context.io, offer, () => api.download(ref))) {
    await fetchFile(file, async (chunk) => {
      if (file.path === MANIFEST_FILE) manifest.push(chunk);
    });
  }
  const result = verification(bundle, key, from, offer.files);
  return ofVersion(result, ref, Buffer.concat(manifest).toString('utf8'));
}

const readText = (path: string, field: string, expected: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw failed({ field, got: messageOf(cause), expected, remedy: 'correct the path' }, { cause });
  });
