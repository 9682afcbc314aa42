import { utf8ToBytes } from '@noble/hashes/utils.js';
import { PackageURL } from 'packageurl-js';
import type { Json } from '#domain/gates/verdict.ts';
import { type Digest, sha256Hex } from '#domain/registry/digest.ts';
import type { Subject } from '#domain/registry/subject.ts';
import type { Component } from './component.ts';
import { type ModelCard, modelCardOf } from './model-card.ts';

export interface BomSubject {
  readonly subject: Subject;
  readonly digest: Digest;
  /** ISO 8601 of the registration; the document says when the version was made, not itself. */
  readonly registeredAt: string;
  readonly description?: string;
  /** Release of Assay that writes the document. */
  readonly toolVersion: string;
  readonly components: readonly Component[];
  readonly card: ModelCard;
}

/**
 * A CycloneDX 1.6 bill of materials of one version, with its model card. The same version always
 * gives the same document, so that its hash can be attested. Source: ECMA-424, 2nd edition.
 */
export function mlBom(about: BomSubject): Json {
  const { subject, digest, registeredAt, description, toolVersion, card } = about;
  const ref = new PackageURL('generic', subject.tenant, subject.model, subject.version).toString();
  const parts = distinct(about.components);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(digest, parts),
    version: 1,
    metadata: {
      timestamp: registeredAt,
      tools: { components: [{ type: 'application', name: 'assay', version: toolVersion }] },
      component: {
        type: 'machine-learning-model',
        'bom-ref': ref,
        group: subject.tenant,
        name: subject.model,
        version: subject.version,
        ...(description ? { description } : {}),
        hashes: [{ alg: 'SHA-256', content: digest }],
        purl: ref,
        modelCard: modelCardOf(card),
      },
    },
    components: parts.map(bomComponent),
    dependencies: [{ ref, dependsOn: parts.map(({ purl }) => purl) }],
  };
}

/** One of each, by its package URL and in its order; hashes of all places together. */
function distinct(components: readonly Component[]): Component[] {
  const byPurl = new Map<string, Component>();
  for (const each of components) {
    const hashes = new Set([...(byPurl.get(each.purl)?.hashes ?? []), ...each.hashes]);
    byPurl.set(each.purl, { ...each, hashes: [...hashes].sort() });
  }
  return [...byPurl.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['sha256', 'SHA-256'],
  ['sha384', 'SHA-384'],
  ['sha512', 'SHA-512'],
]);

/** A lock lists a hash for each file of a release, of which one is installed: properties, not hashes. */
const bomComponent = ({ name, version, purl, hashes, specifier }: Component): Json => {
  const [only, ...others] = hashes.map((hash) => hash.split(':'));
  const algorithm = ALGORITHMS.get(only?.[0] ?? '');
  const content = only?.[1] ?? '';
  const properties = [
    ...(version === undefined && specifier ? [{ name: 'assay:specifier', value: specifier }] : []),
    ...(others.length > 0 ? hashes.map((value) => ({ name: 'assay:file-hash', value })) : []),
  ];
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    ...(version === undefined ? {} : { version }),
    ...(algorithm && others.length === 0 && content !== ''
      ? { hashes: [{ alg: algorithm, content }] }
      : {}),
    purl,
    ...(properties.length > 0 ? { properties } : {}),
  };
};

/** A UUID of RFC 9562 version 8, made of the hash of what the document lists. */
function serialNumber(digest: Digest, parts: readonly Component[]): string {
  const hex = sha256Hex(utf8ToBytes([digest, ...parts.map(({ purl }) => purl)].join('\n')));
  const variant = '89ab'[Number.parseInt(hex.slice(16, 17), 16) % 4];
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return `urn:uuid:${[...groups, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')}`;
}
