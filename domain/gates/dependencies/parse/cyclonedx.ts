import * as z from 'zod/mini';
import type { DependencyDocument } from '#domain/gates/dependencies/component.ts';
import { Collector } from './collect.ts';
import { addByPurl } from './purl.ts';

/** A component of CycloneDX JSON 1.4 to 1.6, as far as it is read here. */
const Part = z.object({
  type: z.string(),
  name: z.string(),
  purl: z.optional(z.string()),
  hashes: z.optional(z.array(z.object({ alg: z.string(), content: z.string() }))),
  components: z.optional(z.array(z.unknown())),
});

const Bom = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.enum(['1.4', '1.5', '1.6']),
  components: z.optional(z.array(z.unknown())),
});

/** Kinds that are no software: they are judged as files of the artifact, not here. */
const NO_SOFTWARE = new Set(['data', 'machine-learning-model']);
const REMEDY = 'make it with `cyclonedx-py environment --output-format JSON --spec-version 1.6`';

/** Reads the components of a CycloneDX document, also those inside of others. */
export function parseCycloneDx(file: string, json: unknown): DependencyDocument {
  const collector = new Collector(file, 'cyclonedx');
  const bom = Bom.safeParse(json);
  if (!bom.success) {
    const field = bom.error.issues[0]?.path.map(String).join('.') || 'document';
    const got = `"${field}" missing or of another kind`;
    collector.finding(undefined, got, 'CycloneDX JSON 1.4, 1.5 or 1.6', REMEDY);
    return collector.document();
  }
  const open = entries(bom.data.components, 'components');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { entry, where } = next;
    const part = Part.safeParse(entry);
    if (!part.success) {
      const field = part.error.issues[0]?.path.map(String).join('.') || 'component';
      collector.finding(undefined, `${where}: "${field}"`, 'a component of CycloneDX', REMEDY);
      continue;
    }
    const { type, name, purl, hashes = [], components } = part.data;
    open.push(...entries(components, `${where}.components`));
    if (NO_SOFTWARE.has(type) && purl === undefined)
      collector.note(`${where}: ${type} "${name}" is no software`);
    else {
      addByPurl(collector, {
        purl,
        name,
        where,
        hashes: hashes.map(({ alg, content }) => `${alg}:${content}`),
      });
    }
  }
  return collector.document();
}

/** Last first: they are taken from the end. */
const entries = (list: readonly unknown[] = [], where: string) =>
  list.map((entry, index) => ({ entry, where: `${where}[${index}]` })).reverse();
