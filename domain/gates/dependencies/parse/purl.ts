import { PackageURL } from 'packageurl-js';
import {
  type Ecosystem,
  isName,
  normalHash,
  normalName,
  purlOf,
} from '#domain/gates/dependencies/component.ts';
import { parseVersion } from '#domain/gates/dependencies/versions.ts';
import type { Collector } from './collect.ts';

const MAX_PURL = 1000;
const REMEDY =
  'list Python packages with a purl, `pkg:pypi/name@version`, as the usual generators do';

interface Listed {
  readonly purl: string | undefined;
  readonly name: string;
  /** `algorithm:hex` as the document has it. */
  readonly hashes: readonly string[];
  /** Path of the entry in the document. */
  readonly where: string;
}

/** Adds an entry of a bill of materials by its package URL, which alone says of what kind it is. */
export function addByPurl(collector: Collector, { purl, name, hashes, where }: Listed): void {
  const parsed = purl === undefined ? undefined : readPurl(purl);
  if (parsed === undefined) {
    const got = purl === undefined ? `"${name}" without a purl` : `the purl "${purl}"`;
    collector.finding(undefined, `${where}: ${got}`, 'a package URL', REMEDY);
    return;
  }
  if (!isEcosystem(parsed.type) || !isName(parsed.name)) {
    const got = `${where}: "${purl}"`;
    const remedy = `leave out what the model does not need; ${REMEDY}`;
    collector.finding(undefined, got, 'a package of PyPI or conda', remedy);
    return;
  }
  const ecosystem = parsed.type;
  const { qualifiers } = parsed;
  const elsewhere = qualifiers?.vcs_url ?? qualifiers?.download_url;
  if (elsewhere !== undefined) {
    const got = `${where}: ${parsed.name} from ${elsewhere}`;
    collector.finding(undefined, got, 'a release of an index', 'depend on a published release');
  }
  if (qualifiers?.repository_url !== undefined) {
    collector.index(qualifiers.repository_url, undefined);
  }
  const known = ecosystem === 'pypi' ? normalName(parsed.name) : parsed.name.toLowerCase();
  const version = parsed.version && (parseVersion(parsed.version) ?? parsed.version);
  collector.component({
    ecosystem,
    name: known,
    ...(version ? { version, specifier: `==${parsed.version}` } : {}),
    pinned: Boolean(version),
    extras: [],
    hashes: hashes.flatMap((hash) => normalHash(hash) ?? []),
    source: collector.place(undefined),
    purl: purlOf(ecosystem, known, version || undefined),
  });
}

const isEcosystem = (type: string): type is Ecosystem => type === 'pypi' || type === 'conda';

function readPurl(text: string): PackageURL | undefined {
  if (text.length > MAX_PURL) return undefined;
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}
