import onnxruntime from 'onnxruntime-node/package.json' with { type: 'json' };
import type { ArtifactBucket } from '#aws/artifact-bucket.ts';
import {
  type Component,
  type DependencyDocument,
  purlOf,
} from '#domain/gates/dependencies/component.ts';
import { beyondLimits, dependencyFiles, notText } from '#domain/gates/dependencies/documents.ts';
import { parseDependencies } from '#domain/gates/dependencies/parse/document.ts';
import type { ArtifactRecord, PinnedFile } from '#domain/registry/artifact.ts';
import { sha256Hex } from '#domain/registry/digest.ts';
import { fromUtf8 } from '#domain/signing/encoding.ts';

type Artifacts = Pick<ArtifactBucket, 'read'>;

/**
 * ONNX Runtime, which opens every model in the gates and in serving. PyPI's package and ours are
 * built of one source under one number, and advisories speak of PyPI's.
 */
export const RUNTIME: readonly Component[] = [
  {
    ecosystem: 'pypi',
    name: 'onnxruntime',
    version: onnxruntime.version,
    pinned: true,
    extras: [],
    hashes: [],
    source: { file: 'the serving function' },
    purl: purlOf('pypi', 'onnxruntime', onnxruntime.version),
  },
];

/**
 * What the files of an artifact declare that it needs.
 * @throws Error when a file is no longer the one that was registered.
 */
export async function readDependencyDocuments(
  artifacts: Artifacts,
  { manifest, files }: ArtifactRecord,
): Promise<DependencyDocument[]> {
  const { readable, refused } = beyondLimits(dependencyFiles(manifest, files));
  const documents: DependencyDocument[] = [...refused];
  for (const file of readable) documents.push(await readDocument(artifacts, file));
  return documents;
}

async function readDocument(artifacts: Artifacts, file: PinnedFile): Promise<DependencyDocument> {
  const bytes = await artifacts.read(file);
  const got = sha256Hex(bytes);
  if (got !== file.sha256) {
    throw new Error(`${file.path} has SHA-256 ${got}, expected ${file.sha256}: it was altered`);
  }
  const text = fromUtf8(bytes);
  return text === undefined ? notText(file.path) : parseDependencies(file.path, text);
}
