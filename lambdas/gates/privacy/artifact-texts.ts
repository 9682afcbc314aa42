import { createHash } from 'node:crypto';
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import { addFileTexts } from '#domain/gates/privacy/file-texts.ts';
import { FoundTexts } from '#domain/gates/privacy/found-texts.ts';
import { addOnnxTexts } from '#domain/gates/privacy/onnx/onnx-texts.ts';
import { type ByteSource, inBlocks } from '#domain/gates/scan/byte-source.ts';
import { readAhead } from '#domain/gates/scan/read-ahead.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { OnnxError } from '#domain/registry/onnx/onnx-error.ts';

/** Texts of every file but the rows of data, which are looked at as columns. */
export async function artifactTexts(
  artifacts: Pick<ArtifactBucket, 'readRange'>,
  { files, manifest }: ArtifactRecord,
): Promise<FoundTexts> {
  const { training, evaluation, entrypoint } = manifest;
  const found = new FoundTexts();
  const datasets = [training?.dataset, evaluation?.dataset];
  const looked = files.filter(({ path }) => !datasets.includes(path));
  const sources = looked.map((file) => ({ path: file.path, source: verified(artifacts, file) }));
  for (const { path, source } of readAhead(sources)) {
    const addTexts = path === entrypoint ? addOnnxTexts : addFileTexts;
    try {
      await addTexts(path, inBlocks(source), found);
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
      found.unread.push(`${path}: ${error.message}`);
    }
  }
  return found;
}

/** Ranges of the pinned version; a file that is read whole is compared with its hash. */
const verified = (artifacts: Pick<ArtifactBucket, 'readRange'>, file: PinnedFile): ByteSource => ({
  size: file.size,
  async read(offset, length) {
    const bytes = await artifacts.readRange(file, offset, length);
    if (offset === 0 && length === file.size) {
      const got = createHash('sha256').update(bytes).digest('hex');
      if (got !== file.sha256) throw new Error(`${file.path} changed since registration: ${got}`);
    }
    return bytes;
  },
});
