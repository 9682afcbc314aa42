import type { Manifest } from '#domain/registry/manifest.ts';
import { type DependencyDocument, finding } from './component.ts';

/** More than these are no description of one environment. */
const MAX_DOCUMENTS = 50;

/** Bytes; a document of as many characters is refused too. */
const MAX_DOCUMENT_BYTES = 8_000_000;

/** Names that tools give to the files that they write, whatever folder they are in. */
const KNOWN =
  /^(?:requirements[\w.-]*\.txt|poetry\.lock|uv\.lock|(?:environment|conda)\.ya?ml|(?:bom|sbom)\.json|.+\.(?:cdx|spdx)\.json)$/i;

interface Listed {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The files of an artifact that say which packages it needs: those that the manifest names, and
 * those that are named as tools name them, so that nothing is declared beside what is judged.
 */
export function dependencyFiles<T extends Listed>(
  { dependencies, lineage }: Pick<Manifest, 'dependencies' | 'lineage'>,
  files: readonly T[],
): T[] {
  const named = [dependencies, lineage?.environment?.dependencies];
  return files.filter(
    ({ path }) => named.includes(path) || KNOWN.test(path.slice(path.lastIndexOf('/') + 1)),
  );
}

/** A document for each file that is not read, saying why; the others are to be read. */
export function beyondLimits<T extends Listed>(
  files: readonly T[],
): { readonly readable: readonly T[]; readonly refused: readonly DependencyDocument[] } {
  const first = files.slice(0, MAX_DOCUMENTS);
  const large = first.filter(({ size }) => size > MAX_DOCUMENT_BYTES);
  const [beyond] = files.slice(MAX_DOCUMENTS);
  return {
    readable: first.filter(({ size }) => size <= MAX_DOCUMENT_BYTES),
    refused: [
      ...large.map(({ path, size }) =>
        unreadDocument(path, `${size} bytes`, `at most ${MAX_DOCUMENT_BYTES}`),
      ),
      ...(beyond
        ? [unreadDocument(beyond.path, `${files.length} documents`, `at most ${MAX_DOCUMENTS}`)]
        : []),
    ],
  };
}

/** Stands for a file whose text nobody can read. */
export const notText = (file: string): DependencyDocument =>
  unreadDocument(file, 'bytes that are no UTF-8', 'a text in UTF-8', 'save the file as UTF-8');

const unreadDocument = (
  file: string,
  got: string,
  expected: string,
  remedy = 'declare only what the model needs',
): DependencyDocument => ({
  file,
  format: 'unknown',
  components: [],
  findings: [finding({ file }, got, expected, remedy)],
  indexes: [],
  notes: [],
});
