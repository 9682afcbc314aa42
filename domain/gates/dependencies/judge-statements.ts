import type { Check } from '#domain/gates/verdict.ts';
import { problemText } from '#domain/registry/problem.ts';
import { type Component, type DependencyDocument, placeText } from './component.ts';
import { holds, parseMarker } from './parse/marker.ts';
import type { DependencyPolicy } from './policy.ts';

/** Whether anything is declared; only a model that serving opens alone may do without. */
export function judgeDeclared(
  documents: readonly DependencyDocument[],
  format: string,
  runtime: readonly Component[],
): Check {
  const id = 'dependencies.declared';
  const count = documents.reduce((sum, { components }) => sum + components.length, 0);
  const files = documents.map(({ file }) => file);
  if (count > 0) {
    const message = `${files.join(', ')} declare ${count} packages`;
    return { id, verdict: 'pass', observed: count, message };
  }
  const needless = format === 'onnx' && runtime.length > 0 && files.length === 0;
  const loaders = runtime.map(({ name }) => name).join(', ');
  return {
    id,
    verdict: needless ? 'pass' : 'inconclusive',
    observed: 0,
    message: needless
      ? `no packages are declared, and none are needed: ${loaders} opens the model`
      : 'no packages are declared; name a requirements.txt, a lock file or an SBOM as "dependencies" in the manifest',
  };
}

/** Every statement that could not be read leaves open what will be installed. */
export function judgeReadable(documents: readonly DependencyDocument[]): Check[] {
  const id = 'dependencies.readable';
  return documents.flatMap(({ file, format, findings, notes }): Check[] => {
    if (findings.length === 0) {
      const left = notes.length > 0 ? `; ${notes.join('; ')}` : '';
      return [
        {
          id,
          verdict: 'pass',
          observed: format,
          message: `read all of ${file}${left}`,
          where: file,
        },
      ];
    }
    return findings.map((each) => ({
      id,
      verdict: 'inconclusive',
      observed: each.got,
      threshold: each.expected,
      message: problemText(each),
      where: each.field,
    }));
  });
}

/** Advisories speak of PyPI: another index may hold anything under the same name. */
export function judgeIndexes(
  documents: readonly DependencyDocument[],
  { indexes }: DependencyPolicy,
): Check[] {
  const known = new Set(indexes.map(normalUrl));
  return documents.flatMap(({ file, indexes: used }) =>
    used
      .filter(({ url }) => !known.has(normalUrl(url)))
      .map(({ url, line }) => ({
        id: 'dependencies.index',
        verdict: 'inconclusive',
        observed: url,
        threshold: indexes,
        message: `packages of ${url} need not be those that advisories speak of; install from ${indexes[0] ?? 'an index of the policy'}, or let the policy list this index`,
        where: placeText(line === undefined ? { file } : { file, line }),
      })),
  );
}

const normalUrl = (url: string): string => url.toLowerCase().replace(/\/{1,9}$/, '');

/** Packages that a marker excludes from where models run are left out, and said to be. */
export function byMarker(components: readonly Component[], { environment }: DependencyPolicy) {
  const excluded = components.filter(({ marker }) => marker && !mayHold(marker, environment));
  const out = new Set(excluded);
  return { applying: components.filter((each) => !out.has(each)), excluded };
}

function mayHold(marker: string, environment: DependencyPolicy['environment']): boolean {
  try {
    return holds(parseMarker(marker), environment) !== false;
  } catch {
    return true;
  }
}

/** Says which packages a marker excludes. */
export const notInstalled = (
  excluded: readonly Component[],
  { environment }: DependencyPolicy,
): Check => ({
  id: 'dependencies.markers',
  verdict: 'pass',
  observed: excluded.map(({ purl }) => purl),
  threshold: environment,
  message: `${excluded.length} packages are not installed where models run: ${excluded.map(({ name, marker }) => `${name} (${marker})`).join(', ')}`,
});

/** A range leaves open which release will be installed, hence which vulnerabilities. */
export function judgePinned(components: readonly Component[]): Check[] {
  const id = 'dependencies.pinned';
  const loose = components.filter(({ version }) => version === undefined);
  if (loose.length === 0) {
    const message = `each of ${components.length} packages is one exact release`;
    return [{ id, verdict: 'pass', observed: components.length, message }];
  }
  return loose.map(({ name, specifier, source, ecosystem }) => ({
    id,
    verdict: 'inconclusive',
    observed: specifier ?? null,
    threshold: '==',
    message: `which release of ${name} will be installed is unknown; ${ecosystem === 'conda' ? 'write what `conda env export` tells' : `write "${name}==<version>" or declare a lock file`}`,
    where: placeText(source),
  }));
}

/** Asks each package for the hashes of its files. */
export function judgeHashes(components: readonly Component[]): Check[] {
  return components
    .filter(({ ecosystem, hashes }) => ecosystem === 'pypi' && hashes.length === 0)
    .map(({ name, source }) => ({
      id: 'dependencies.hashes',
      verdict: 'inconclusive',
      observed: 0,
      threshold: 1,
      message: `nothing fixes the files of ${name}; make the file with \`pip-compile --generate-hashes\`, poetry or uv`,
      where: placeText(source),
    }));
}

/** OSV has no advisories for conda: the policy says what that means. */
export function judgeConda(components: readonly Component[], { conda }: DependencyPolicy): Check[] {
  const found = components.filter(({ ecosystem }) => ecosystem === 'conda');
  if (found.length === 0) return [];
  const judged = conda === 'as-pypi';
  return [
    {
      id: 'dependencies.conda',
      verdict: judged ? 'pass' : 'inconclusive',
      observed: found.length,
      message: judged
        ? `${found.length} packages of conda are judged by the advisories for PyPI's of the same name`
        : `there are no advisories for the ${found.length} packages of conda; install them with pip, or let the policy judge them as PyPI's of the same name`,
    },
  ];
}
