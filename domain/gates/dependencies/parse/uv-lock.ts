import * as z from 'zod/mini';
import {
  type DependencyDocument,
  isName,
  normalHash,
  normalName,
  purlOf,
} from '#domain/gates/dependencies/component.ts';
import { parseVersion } from '#domain/gates/dependencies/versions.ts';
import { Collector } from './collect.ts';
import { readLock, readTable } from './lock.ts';

const File = z.object({ hash: z.optional(z.string()) });

const Package = z.object({
  name: z.string().check(z.refine(isName)),
  /** Absent when the project computes it while it is built. */
  version: z.optional(z.string()),
  source: z.record(z.string(), z.string()),
  sdist: z.optional(File),
  wheels: z.optional(z.array(File)),
  'resolution-markers': z.optional(z.array(z.string())),
});

const REMEDY = 'make the file again with `uv lock`, and do not edit it';

/** Reads a uv.lock of version 1: every package of a registry is one exact release. */
export function parseUvLock(file: string, text: string): DependencyDocument {
  const collector = new Collector(file, 'uv-lock');
  const lock = readLock(collector, text, 'uv');
  if (lock === undefined) return collector.document();
  const { version } = lock.root;
  if (version !== 1) {
    const got = version === undefined ? 'no version' : `version ${JSON.stringify(version)}`;
    collector.finding(undefined, got, 'version 1', REMEDY);
    return collector.document();
  }
  for (const locked of lock.tables) {
    const found = readTable(collector, Package, locked, 'uv');
    if (found) addPackage(collector, found, locked.line);
  }
  return collector.document();
}

function addPackage(
  collector: Collector,
  found: z.infer<typeof Package>,
  line: number | undefined,
): void {
  const name = normalName(found.name);
  const { registry, ...other } = found.source;
  if (registry !== undefined) collector.index(registry, line);
  else {
    const [kind = 'place without a name', where = ''] = Object.entries(other)[0] ?? [];
    if ((kind === 'virtual' || kind === 'editable') && where === '.') {
      collector.note(`line ${line ?? '?'}: ${name} is the project itself`);
      return;
    }
    const remedy = 'depend on a published release';
    collector.finding(line, `${name} from ${kind}`, 'a release of an index', remedy);
  }
  const version = found.version && (parseVersion(found.version) ?? found.version);
  const markers = found['resolution-markers'] ?? [];
  collector.component({
    ecosystem: 'pypi',
    name,
    ...(version ? { version, specifier: `==${version}` } : {}),
    pinned: Boolean(version),
    extras: [],
    ...(markers.length > 0 ? { marker: markers.map((each) => `(${each})`).join(' or ') } : {}),
    hashes: [found.sdist, ...(found.wheels ?? [])].flatMap(
      (each) => normalHash(each?.hash ?? '') ?? [],
    ),
    source: collector.place(line),
    purl: purlOf('pypi', name, version || undefined),
  });
}
