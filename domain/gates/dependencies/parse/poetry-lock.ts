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

const File = z.object({ file: z.string(), hash: z.string() });

const Package = z.object({
  name: z.string().check(z.refine(isName)),
  version: z.string(),
  files: z.optional(z.array(File)),
  markers: z.optional(z.union([z.string(), z.record(z.string(), z.string())])),
  source: z.optional(z.object({ type: z.string(), url: z.string() })),
});

const Metadata = z.object({
  'lock-version': z.string(),
  files: z.optional(z.record(z.string(), z.array(File))),
});

const REMEDY = 'make the file again with `poetry lock`, and do not edit it';

/** Reads a poetry.lock of lock-version 1 or 2: every package is one exact release. */
export function parsePoetryLock(file: string, text: string): DependencyDocument {
  const collector = new Collector(file, 'poetry-lock');
  const lock = readLock(collector, text, 'poetry');
  if (lock === undefined) return collector.document();
  const metadata = Metadata.safeParse(lock.root.metadata);
  const version = metadata.data?.['lock-version'];
  if (version === undefined || !/^[12]\.\d{1,3}$/.test(version)) {
    const got = version === undefined ? 'no metadata.lock-version' : `lock-version ${version}`;
    collector.finding(undefined, got, 'lock-version 1 or 2', REMEDY);
    return collector.document();
  }
  const files = new Map(Object.entries(metadata.data?.files ?? {}));
  for (const locked of lock.tables) {
    const found = readTable(collector, Package, locked, 'poetry');
    if (found) addPackage(collector, found, files, locked.line);
  }
  return collector.document();
}

function addPackage(
  collector: Collector,
  found: z.infer<typeof Package>,
  /** lock-version 1 keeps the files of all packages here. */
  files: ReadonlyMap<string, readonly z.infer<typeof File>[]>,
  line: number | undefined,
): void {
  const name = normalName(found.name);
  if (found.source?.type === 'legacy') collector.index(found.source.url, line);
  else if (found.source) {
    const got = `${name} from ${found.source.type}`;
    collector.finding(line, got, 'a release of an index', 'depend on a published release');
  }
  const version = parseVersion(found.version) ?? found.version;
  const { markers } = found;
  // A record holds one marker for each group of dependencies: some group always needs the package.
  const marker = typeof markers === 'string' ? markers : undefined;
  collector.component({
    ecosystem: 'pypi',
    name,
    version,
    pinned: true,
    specifier: `==${found.version}`,
    extras: [],
    ...(marker === undefined ? {} : { marker }),
    hashes: (found.files ?? files.get(found.name) ?? []).flatMap(
      ({ hash }) => normalHash(hash) ?? [],
    ),
    source: collector.place(line),
    purl: purlOf('pypi', name, version),
  });
}
