import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import {
  type DependencyDocument,
  isName,
  purlOf,
  wellFormed,
} from '#domain/gates/dependencies/component.ts';
import { parseVersion } from '#domain/gates/dependencies/versions.ts';
import { Collector } from './collect.ts';
import { readStatement } from './requirements.ts';

const KNOWN = new Set(['name', 'channels', 'dependencies', 'prefix', 'variables', 'platforms']);
const EXPORT = 'write it as `conda env export` does';

/** Reads an environment.yml of conda, with the requirements of its `pip:` section. */
export function parseCondaEnvironment(file: string, text: string): DependencyDocument {
  const collector = new Collector(file, 'conda-environment');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: unknown): number | undefined => {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  for (const { message, pos } of [...document.errors, ...document.warnings].slice(0, 20)) {
    collector.finding(lines.linePos(pos[0]).line, message, 'a YAML document', EXPORT);
  }
  if (document.errors.length > 0) return collector.document();
  if (!isMap(document.contents)) {
    collector.finding(1, 'no mapping', 'a mapping with "dependencies"', EXPORT);
    return collector.document();
  }
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (!KNOWN.has(name)) {
      collector.finding(lineOf(key), `the field "${name}"`, [...KNOWN].join(', '), EXPORT);
    } else if (name === 'dependencies') readDependencies(collector, value, lineOf);
  }
  if (!document.contents.has('dependencies')) {
    collector.finding(1, 'no "dependencies"', 'a list of packages', EXPORT);
  }
  return collector.document();
}

type LineOf = (node: unknown) => number | undefined;

function readDependencies(collector: Collector, list: unknown, lineOf: LineOf): void {
  if (!isSeq(list)) {
    collector.finding(lineOf(list), 'no list', '"dependencies" as a list of packages', EXPORT);
    return;
  }
  for (const item of list.items) {
    if (isScalar(item) && typeof item.value === 'string') {
      readSpec(collector, wellFormed(item.value), lineOf(item));
      continue;
    }
    const pip = isMap(item) && item.items.length === 1 ? item.get('pip') : undefined;
    if (isSeq(pip)) readPip(collector, pip.items, lineOf);
    else {
      const got = isAlias(item) ? 'an alias' : 'something else';
      collector.finding(lineOf(item), got, 'a package, or a list named "pip"', EXPORT);
    }
  }
}

function readPip(collector: Collector, items: readonly unknown[], lineOf: LineOf): void {
  for (const item of items) {
    const line = lineOf(item) ?? 1;
    if (isScalar(item) && typeof item.value === 'string')
      readStatement(collector, wellFormed(item.value), line);
    else collector.finding(line, 'no text', 'a requirement of pip', EXPORT);
  }
}

/** `channel::name`, and what follows: versions, perhaps a build. */
const SPEC = /^(?:([\w./:-]{1,200})::)?([a-z0-9_][a-z0-9._-]{0,199})([\s=<>!~][^[\]]{0,400})?$/i;

function readSpec(collector: Collector, text: string, line: number | undefined): void {
  const [, channel, name = '', rest = ''] = SPEC.exec(text.trim()) ?? [];
  if (!isName(name.replace(/^_/, 'x'))) {
    const remedy = 'write it as "name==version" or as `conda env export` does';
    collector.finding(line, `"${text}"`, 'a package of conda', remedy);
    return;
  }
  const version = exactVersion(rest.trim());
  const from = channel?.split('/').at(-1);
  collector.component({
    ecosystem: 'conda',
    name: name.toLowerCase(),
    ...(version === undefined ? {} : { version }),
    pinned: version !== undefined,
    ...(rest.trim() ? { specifier: rest.trim() } : {}),
    extras: [],
    hashes: [],
    source: collector.place(line),
    purl: purlOf('conda', name.toLowerCase(), version, from ? { channel: from } : undefined),
  });
}

/**
 * The version that conda takes alone: `==1.2`, `=1.2=build`, ` 1.2` and ` 1.2 build`; a single
 * `=1.2` also takes 1.2.3.
 */
function exactVersion(rest: string): string | undefined {
  const match =
    /^==\s*([\w.!+-]+)(?:[\s=][\w.]+)?$/.exec(rest) ??
    /^=([\w.!+-]+)=[\w.]+$/.exec(rest) ??
    /^(\d[\w.!+-]*)(?:[\s=][\w.]+)?$/.exec(rest);
  const version = match?.[1];
  return version === undefined ? undefined : (parseVersion(version) ?? version);
}
