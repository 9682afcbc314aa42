import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { MANIFEST_FILE } from '#domain/registry/manifest.ts';
import { isIgnored, pathFault, SIGNATURE_FILE } from '#domain/signing/artifact-path.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { codeOf, failed } from '../failure.ts';
import { documented } from '../help.ts';
import { parseVersionRef } from '../model-ref.ts';
import { fetchFile, freshFiles, type RemoteFile } from '../remote-files.ts';
import { verificationView } from '../render/verification.ts';
import { ofVersion, readKey, VERIFICATION_EXIT, verification } from '../verification.ts';

export const downloadCommand = (act: Act): Command =>
  documented(
    new Command('download')
      .description(`fetch a version's files, verify them and lay ${SIGNATURE_FILE} beside them`)
      .argument('<model@version>')
      .argument('<dir>', 'a new or empty folder; it appears only when everything verified')
      .action(act(download)),
    ['download breast-cancer@1.1.0 ./breast-cancer-1.1.0'],
  );

async function download(
  { api, io, out }: Context,
  text: string,
  folder: string,
): Promise<ExitCode> {
  const ref = parseVersionRef(text);
  await requireEmpty(folder);
  const client = await api();
  const offer = await client.download(ref);
  for (const { path } of offer.files) requireInside(path);

  const parent = dirname(resolve(folder));
  await mkdir(parent, { recursive: true });
  const draft = await mkdtemp(join(parent, '.assay-download-'));
  const files = join(draft, 'files');
  try {
    await mkdir(files);
    await fetchAll(
      freshFiles(io, offer, () => client.download(ref)),
      files,
    );
    const bundle = JSON.stringify(offer.signature);
    await writeFile(join(files, SIGNATURE_FILE), bundle);
    const from = 'the API';
    const result = ofVersion(
      verification(bundle, readKey(offer.publicKeyPem, from), from, offer.files),
      ref,
      await readFile(join(files, MANIFEST_FILE), 'utf8').catch(() => ''),
    );
    if (result.outcome === 'verified') {
      await rmdir(folder).catch(() => {});
      await rename(files, folder);
    }
    out.result({ ...result, folder }, verificationView(`${text} in ${folder}`));
    return VERIFICATION_EXIT[result.outcome];
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fetchAll(files: AsyncIterable<RemoteFile>, folder: string): Promise<void> {
  for await (const file of files) {
    const target = join(folder, ...file.path.split('/'));
    await mkdir(dirname(target), { recursive: true });
    const handle = await open(target, 'wx');
    try {
      await fetchFile(file, async (chunk) => {
        await handle.writeFile(chunk);
      });
    } finally {
      await handle.close();
    }
  }
}

/** The API's list is not trusted: a path may lead nowhere but into the folder, on any system. */
function requireInside(path: string): void {
  const fault =
    pathFault(path) ??
    (isIgnored(path) ? 'is a name that no artifact may hold' : undefined) ??
    (/[\\:]/.test(path) ? 'holds a backslash or a colon' : undefined);
  if (fault === undefined) return;
  throw failed(
    {
      field: `file ${JSON.stringify(path)}`,
      got: `a path that ${fault}`,
      expected: 'a path inside the folder',
      remedy: 'nothing was written; report it, since no registered version can hold such a path',
    },
    { exit: EXIT.refused },
  );
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return;
  throw failed({
    field: folder,
    got: `${entries.length} entries`,
    expected: 'a new or empty folder',
    remedy: 'choose another folder',
  });
}
