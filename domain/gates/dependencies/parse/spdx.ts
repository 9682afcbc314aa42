import * as z from 'zod/mini';
import type { DependencyDocument } from '#domain/gates/dependencies/component.ts';
import { Collector } from './collect.ts';
import { addByPurl } from './purl.ts';

/** A package of SPDX 2.3 JSON, as far as it is read here. */
const Package = z.object({
  SPDXID: z.string(),
  name: z.string(),
  checksums: z.optional(z.array(z.object({ algorithm: z.string(), checksumValue: z.string() }))),
  externalRefs: z.optional(
    z.array(z.object({ referenceType: z.string(), referenceLocator: z.string() })),
  ),
});

const Relationship = z.object({
  spdxElementId: z.string(),
  relationshipType: z.string(),
  relatedSpdxElement: z.string(),
});

const Document = z.object({
  spdxVersion: z.enum(['SPDX-2.2', 'SPDX-2.3']),
  packages: z.optional(z.array(z.unknown())),
  documentDescribes: z.optional(z.array(z.string())),
  relationships: z.optional(z.array(Relationship)),
});

const REMEDY = 'make it with a tool that writes SPDX 2.3 JSON with purls as external references';

/** Reads the packages of an SPDX document, but not the one that it describes: that is the model. */
export function parseSpdx(file: string, json: unknown): DependencyDocument {
  const collector = new Collector(file, 'spdx');
  const parsed = Document.safeParse(json);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.map(String).join('.') || 'document';
    const got = `"${field}" missing or of another kind`;
    collector.finding(undefined, got, 'SPDX JSON 2.2 or 2.3', REMEDY);
    return collector.document();
  }
  const { packages = [], relationships = [], documentDescribes = [] } = parsed.data;
  const described = new Set(documentDescribes);
  for (const { spdxElementId, relationshipType, relatedSpdxElement } of relationships) {
    if (relationshipType === 'DESCRIBES') described.add(relatedSpdxElement);
    if (relationshipType === 'DESCRIBED_BY') described.add(spdxElementId);
  }
  for (const [index, entry] of packages.entries()) {
    addPackage(collector, entry, `packages[${index}]`, described);
  }
  return collector.document();
}

function addPackage(
  collector: Collector,
  entry: unknown,
  where: string,
  described: ReadonlySet<string>,
): void {
  const found = Package.safeParse(entry);
  if (!found.success) {
    const field = found.error.issues[0]?.path.map(String).join('.') || 'package';
    collector.finding(undefined, `${where}: "${field}"`, 'a package of SPDX', REMEDY);
    return;
  }
  const { SPDXID, name, checksums = [], externalRefs = [] } = found.data;
  const purls = externalRefs.filter(({ referenceType }) => referenceType === 'purl');
  if (described.has(SPDXID) && purls.length === 0) {
    collector.note(`${where}: "${name}" is what the document describes`);
    return;
  }
  addByPurl(collector, {
    purl: purls[0]?.referenceLocator,
    name,
    where,
    hashes: checksums.map(({ algorithm, checksumValue }) => `${algorithm}:${checksumValue}`),
  });
}
