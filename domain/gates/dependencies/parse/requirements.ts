import {
  type DependencyDocument,
  isName,
  normalHash,
  purlOf,
} from '#domain/gates/dependencies/component.ts';
import { Collector } from './collect.ts';
import { Unexpected } from './cursor.ts';
import { type PipOption, pipOptions } from './pip-options.ts';
import { parseRequirement, pinnedVersion, type Requirement, specifierText } from './requirement.ts';
import { declaredEncoding, requirementLines } from './requirement-lines.ts';

const PIN = 'write it as "name==version" with its --hash, as `pip-compile --generate-hashes` does';
const ONE_FILE = 'declare everything in one file, as `pip-compile` or `pip freeze` writes it';

/** Reads a requirements file as pip 26 would, without following it to other files. */
export function parseRequirements(file: string, text: string): DependencyDocument {
  const collector = new Collector(file, 'requirements');
  const encoding = declaredEncoding(text);
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) {
    collector.finding(
      1,
      `the encoding ${encoding}`,
      'UTF-8',
      'save the file as UTF-8 and remove the declaration',
    );
  }
  for (const { number, text: statement } of requirementLines(text.replace(/^\ufeff/, ''))) {
    readStatement(collector, statement, number);
  }
  return collector.document();
}

/** One statement without its comment; the pip section of a conda environment holds the same. */
export function readStatement(collector: Collector, text: string, number: number): void {
  const variable = /\$\{[A-Z0-9_]+\}/.exec(text)?.[0];
  if (variable !== undefined) {
    const remedy = 'write out what it stands for; keep credentials in the configuration of pip';
    collector.finding(
      number,
      `the variable ${variable}`,
      'text that is the same everywhere',
      remedy,
    );
  }
  const words = text.split(' ');
  const dash = words.findIndex((word) => word.startsWith('-'));
  const specifier = (dash < 0 ? words : words.slice(0, dash)).join(' ').trim();
  try {
    const options = dash < 0 ? [] : pipOptions(words.slice(dash).join(' '));
    const hashes = options.flatMap((option) => readOption(collector, option, number));
    if (specifier) readRequirement(collector, specifier, hashes, number);
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    collector.finding(number, `"${text}"`, error.expected, PIN);
  }
}

function readOption(collector: Collector, { name, value = '' }: PipOption, line: number): string[] {
  switch (name) {
    case 'hash':
      return [hashOf(value)];
    case 'index-url':
    case 'extra-index-url':
      collector.index(value, line);
      return [];
    case 'requirement':
    case 'constraint':
      collector.finding(line, `another file, "${value}"`, 'requirements only', ONE_FILE);
      return [];
    case 'editable':
      collector.finding(line, `an editable install, "${value}"`, 'a release of an index', PIN);
      return [];
    case 'find-links':
      collector.finding(line, `a place to look for files, "${value}"`, 'a package index', PIN);
      return [];
    case 'trusted-host': {
      const remedy = 'serve the index by HTTPS with a valid certificate';
      collector.finding(line, `"${value}" trusted without TLS`, 'no --trusted-host', remedy);
      return [];
    }
    default:
      collector.note(`line ${line}: --${name} does not change which release a pin installs`);
      return [];
  }
}

function hashOf(value: string): string {
  const hash = normalHash(value);
  if (hash === undefined) {
    throw new Unexpected('a hash of the form sha256:<hex>, sha384:<hex> or sha512:<hex>');
  }
  return hash;
}

const ARCHIVE = /\.(?:zip|whl|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))$/i;

function readRequirement(
  collector: Collector,
  text: string,
  hashes: readonly string[],
  line: number,
): void {
  const [target = ''] = text.split(';', 1);
  const path =
    !/^[^/]*@/.test(target) &&
    (/^[./]|^[a-z][a-z0-9+.-]*:|\//i.test(target) || ARCHIVE.test(target.trim()));
  if (path) {
    collector.finding(line, `a file or URL, "${target.trim()}"`, 'a release of an index', PIN);
    return;
  }
  const requirement = parseRequirement(text);
  if (!isName(requirement.name)) throw new Unexpected('a package name of at most 200 characters');
  addRequirement(collector, requirement, hashes, line);
}

function addRequirement(
  collector: Collector,
  requirement: Requirement,
  hashes: readonly string[],
  line: number,
): void {
  const { name, extras, specifiers, url, marker } = requirement;
  if (url !== undefined) {
    const got = `${name} from a URL, which may hold any version`;
    collector.finding(line, got, 'a release of an index', PIN);
  }
  const version = pinnedVersion(specifiers);
  collector.component({
    ecosystem: 'pypi',
    name,
    ...(version === undefined ? {} : { version }),
    pinned: version !== undefined,
    ...(specifiers.length > 0 ? { specifier: specifierText(specifiers) } : {}),
    extras,
    ...(marker === undefined ? {} : { marker }),
    hashes,
    source: collector.place(line),
    purl: purlOf('pypi', name, version),
  });
}
