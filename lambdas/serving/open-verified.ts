import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import type { PinnedFile } from '#domain/registry/artifact.ts';
import { externalFilesOf } from '#domain/registry/onnx/external-data.ts';
import { OnnxError } from '#domain/registry/onnx/onnx-error.ts';
import { readOnnxMetadata } from '#domain/registry/onnx/read-onnx.ts';
import { fetchFiles } from '../fetch-files.ts';
import { type Opening, openingHere } from './opening.ts';
import { available, mismatch, type Outcome, unservable } from './outcome.ts';
import type { ArtifactReader } from './ports.ts';
import type { ServedModel } from './served-model.ts';
import type { MakeRoom, Opened } from './session-cache.ts';
import type { VouchedVersion } from './vouched-version.ts';

/** Artifacts beyond this do not load within a request's deadline, nor fit the function's disk. */
const MAX_ARTIFACT_BYTES = 1_000_000_000;

/** Measured: ONNX Runtime takes 1.3 times the file, and 85 MB whatever the model. */
const memoryOf = (bytes: number): number => Math.ceil(1.3 * bytes + 85e6);

/**
 * Opens a vouched version from a private directory, in this process or another: every byte that ONNX Runtime reads was
 * hashed on its way there and compared with the signed list first.
 * @throws Unavailable when the files cannot be read.
 */
export async function openVerified(
  artifacts: ArtifactReader,
  vouched: VouchedVersion,
  makeRoom: MakeRoom,
  opening: Opening = openingHere,
): Promise<Outcome<Opened<ServedModel>>> {
  const bytes = vouched.files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_ARTIFACT_BYTES) {
    return unservable(
      `its artifact has ${bytes} bytes, expected at most ${MAX_ARTIFACT_BYTES}; release a smaller version, for example a quantised one`,
    );
  }
  const directory = await mkdtemp(join(tmpdir(), 'assay-model-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const opened = await openIn(directory, artifacts, vouched, makeRoom, opening);
    if (!opened.ok) await remove();
    return opened.ok ? { ok: true, value: closingWith(opened.value, remove) } : opened;
  } catch (error) {
    await remove();
    throw error;
  }
}

async function openIn(
  directory: string,
  artifacts: ArtifactReader,
  vouched: VouchedVersion,
  makeRoom: MakeRoom,
  opening: Opening,
): Promise<Outcome<Opened<ServedModel>>> {
  const { files, manifest } = vouched;
  const { entrypoint } = manifest;
  const model = files.find(({ path }) => path === entrypoint);
  if (!model) return mismatch('entrypoint', 'no such file', 'it among the signed files');
  const changed = await fetch(artifacts, [model], directory);
  if (!changed.ok) return changed;

  const path = join(directory, entrypoint);
  const externals = await signedExternals(path, entrypoint, files);
  if (!externals.ok) return externals;
  const bytes = memoryOf([model, ...externals.value].reduce((sum, { size }) => sum + size, 0));
  if (!(await makeRoom(bytes))) {
    return unservable(
      `it takes about ${bytes} bytes of memory, more than SESSION_CACHE_MIB allows; raise it, or release a smaller version`,
    );
  }
  const alsoChanged = await fetch(artifacts, externals.value, directory);
  if (!alsoChanged.ok) return alsoChanged;
  try {
    const opened = await opening.open(path, vouched, bytes);
    return { ok: true, value: { ...opened, bytes } };
  } catch (error) {
    return unservable(`ONNX Runtime does not open it: ${String(error).slice(0, 200)}`);
  }
}

async function fetch(
  artifacts: ArtifactReader,
  files: readonly PinnedFile[],
  directory: string,
): Promise<Outcome<undefined>> {
  const [first] = await available('the model', fetchFiles(artifacts, files, directory));
  if (first) return mismatch(`file ${first.path}`, first.got, first.expected);
  return { ok: true, value: undefined };
}

/** The files that the model keeps tensors in, which must be signed too. */
async function signedExternals(
  path: string,
  entrypoint: string,
  files: readonly PinnedFile[],
): Promise<Outcome<readonly PinnedFile[]>> {
  const named = await externalPaths(path);
  if (!named.ok) return named;
  const externals: PinnedFile[] = [];
  for (const external of named.value) {
    const inArtifact = posix.join(dirname(entrypoint), external);
    const file = files.find((candidate) => candidate.path === inArtifact);
    if (!file) return mismatch(`external data ${inArtifact}`, 'no such file', 'a signed file');
    externals.push(file);
  }
  return { ok: true, value: externals };
}

async function externalPaths(path: string): Promise<Outcome<readonly string[]>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const metadata = await readOnnxMetadata({
      size,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
    });
    const externals = externalFilesOf(metadata);
    const escaping = externals.find(({ problem }) => problem !== undefined);
    if (escaping) return unservable(escaping.problem ?? '');
    return { ok: true, value: externals.map((external) => external.path) };
  } catch (error) {
    if (error instanceof OnnxError) return unservable(error.message);
    throw error;
  } finally {
    await file.close();
  }
}

const closingWith = <T>(opened: Opened<T>, remove: () => Promise<void>): Opened<T> => ({
  ...opened,
  close: async () => {
    await opened.close();
    await remove();
  },
});
