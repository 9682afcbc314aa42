import { Command, InvalidArgumentError } from 'commander';
import type { Release } from '../api-schemas.ts';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { awaitRelease, followVersion } from '../follow.ts';
import { documented } from '../help.ts';
import { type LocalArtifact, readLocalArtifact } from '../local-artifact.ts';
import { progressLine } from '../render/progress.ts';
import { type Registration, registrationView } from '../render/registration.ts';
import { bytes } from '../render/text.ts';
import { standingOf } from '../standing.ts';
import { type UploadedManifest, uploadArtifact } from '../upload/upload-artifact.ts';
import { UploadJournal } from '../upload/upload-journal.ts';

interface Options {
  readonly wait: boolean;
  readonly timeout: number;
}

export const registerCommand = (act: Act): Command =>
  documented(
    new Command('register')
      .description('check a folder, upload it, and follow its gates until people must approve')
      .argument('<dir>', "folder with manifest.json and the artifact's files")
      .option('--no-wait', 'end as soon as everything is uploaded')
      .option('--timeout <seconds>', 'follow it for so long, then end undecided', seconds, 1800)
      .action(act(register)),
    ['register examples/breast-cancer/1.0.0-baseline', 'register ./candidate --no-wait --json'],
  );

async function register(context: Context, folder: string, options: Options): Promise<ExitCode> {
  const checked = await readLocalArtifact(folder);
  const problems = checked.ok ? [] : checked.problems;
  if (!checked.ok) {
    context.out.result<Registration>({ outcome: 'REFUSED', problems }, registrationView);
    return EXIT.refused;
  }
  const { artifact } = checked;
  await requireTenant(context, artifact);
  const uploaded = await upload(context, folder, artifact);
  const model = artifact.manifest.name;
  if (!options.wait) {
    const { digest } = artifact;
    context.out.result<Registration>(
      { outcome: 'UPLOADED', model, digest, ...uploaded },
      registrationView,
    );
    return EXIT.ok;
  }
  return follow(context, artifact, uploaded, context.io.now() + options.timeout * 1000);
}

/** A manifest for another tenant would be rejected, but only after the upload. */
async function requireTenant({ session }: Context, { manifest }: LocalArtifact): Promise<void> {
  const { tenant } = await (await session()).identity();
  if (!manifest.tenant || !tenant || manifest.tenant === tenant) return;
  throw new Failure('the manifest is for another tenant', {
    exit: EXIT.refused,
    problems: [
      {
        field: 'tenant',
        got: `"${manifest.tenant}"`,
        expected: `"${tenant}", which you are logged in to`,
        remedy: 'log in as a member of that tenant, or correct manifest.json',
      },
    ],
  });
}

async function upload(
  { api, io, out, settings }: Context,
  folder: string,
  artifact: LocalArtifact,
): Promise<UploadedManifest> {
  const { api: base, s3 } = await settings();
  const sizes = new Map(artifact.manifest.files.map(({ path, size }) => [path, size]));
  const totalBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const arrived = new Map<string, number>();
  const startedAtMs = io.now();
  const view = out.progress();
  let doneBytes = 0;
  const onBytes = (path: string, count: number): void => {
    doneBytes += count;
    arrived.set(path, (arrived.get(path) ?? 0) + count);
    if (view) {
      view.draw(progressLine({ doneBytes, totalBytes, startedAtMs, path }, out.style));
    } else if (arrived.get(path) === sizes.get(path)) {
      out.note(`uploaded ${path} (${bytes(sizes.get(path) ?? 0)})`);
    }
  };
  const journal = await UploadJournal.open(io, base, artifact.digest);
  try {
    return await uploadArtifact(folder, artifact, {
      api: await api(),
      journal,
      endpoint: s3,
      onBytes,
      onNote: (line) => out.note(line),
    });
  } finally {
    view?.clear();
  }
}

async function follow(
  context: Context,
  artifact: LocalArtifact,
  uploaded: UploadedManifest,
  deadlineMs: number,
): Promise<ExitCode> {
  const { out } = context;
  out.note(
    `uploaded ${artifact.manifest.name}, digest ${artifact.digest}; waiting for its release`,
  );
  const release = await awaitRelease(context, uploaded, deadlineMs);
  if (!release) {
    const model = artifact.manifest.name;
    out.note('not registered in time; the upload is complete, see "assay list" later');
    out.result<Registration>(
      { outcome: 'UPLOADED', model, ...uploaded, digest: artifact.digest },
      registrationView,
    );
    return EXIT.undecided;
  }
  const { outcome, model, version, digest = artifact.digest, problems = [] } = release;
  if (outcome === 'REJECTED' || outcome === 'FAULTED' || version === undefined) {
    const rejected = outcome === 'REJECTED';
    out.result<Registration>(
      { outcome: rejected ? 'REJECTED' : 'FAULTED', model, problems },
      registrationView,
    );
    return rejected ? EXIT.refused : EXIT.error;
  }
  requireSameDigest(release, artifact);
  const status = await followVersion(
    context,
    { model, version },
    ({ phase }) => phase !== 'judging',
    deadlineMs,
  );
  out.result<Registration>({ outcome, model, version, digest, status }, registrationView);
  const { phase, exit } = standingOf(status);
  return phase === 'waiting' ? EXIT.ok : exit;
}

function requireSameDigest({ digest, model, version }: Release, artifact: LocalArtifact): void {
  if (digest === undefined || digest === artifact.digest) return;
  throw new Failure(
    `${model}@${version} was registered with digest ${digest}, expected ${artifact.digest} as computed here; do not approve it, and have the upload looked into`,
    { exit: EXIT.refused },
  );
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number of seconds above 0.');
}
