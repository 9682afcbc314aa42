import { FormatError } from '#domain/gates/scan/format-error.ts';
import { type Attribute, denseAttributes, readAttribute } from './attribute.ts';
import { broken, unread } from './broken.ts';
import { type Dataset, datasetOf, MESSAGES_OF_DATASETS } from './dataset.ts';
import type { Hdf5File } from './file.ts';
import { denseLinks, type Link, readLink } from './link.ts';
import { type Message, ObjectHeaders, one } from './object-header.ts';
import { oldLinks } from './old-group.ts';

/** One object of the file, under the first path that leads to it. */
export interface Hdf5Object {
  readonly path: string;
  readonly kind: 'group' | 'dataset' | 'datatype';
  readonly attributes: readonly Attribute[];
  readonly links: readonly Link[];
  readonly dataset?: Dataset;
}

/** Objects and bytes of metadata both bound the walk; a deep path takes memory at each level. */
const MOST_OBJECTS = 200_000;
const MOST_LEVELS = 100;

const LINK_INFO = 0x02;
const LINK = 0x06;
const ATTRIBUTE = 0x0c;
const SYMBOL_TABLE = 0x11;
const ATTRIBUTE_INFO = 0x15;
const READ: ReadonlySet<number> = new Set([
  ...MESSAGES_OF_DATASETS,
  LINK_INFO,
  LINK,
  ATTRIBUTE,
  SYMBOL_TABLE,
  ATTRIBUTE_INFO,
]);
/** Fill values, group info, comments, times and reference counts: nothing that leads anywhere. */
const INERT: ReadonlySet<number> = new Set([0x04, 0x05, 0x0a, 0x0d, 0x0e, 0x12, 0x16]);

/**
 * Every object that hard links reach from the root, each once, the root first. What is wrong with
 * one object is reported, and the walk goes on to the next.
 */
export async function* readObjects(
  file: Hdf5File,
  root: number,
  report: (error: FormatError, path: string) => void,
): AsyncGenerator<Hdf5Object> {
  const headers = new ObjectHeaders(file);
  const seen = new Set([root]);
  const queue = [{ at: root, path: '/', level: 0 }];
  for (const { at, path, level } of queue) {
    try {
      const object = await objectAt(file, headers, at, path);
      yield object;
      for (const link of object.links) {
        if (link.kind !== 'hard' || seen.has(link.target)) continue;
        if (seen.size === MOST_OBJECTS || level === MOST_LEVELS) {
          throw unread('limit', `has more than ${MOST_OBJECTS} objects or ${MOST_LEVELS} levels`);
        }
        seen.add(link.target);
        queue.push({ at: link.target, path: pathOf(path, link.name), level: level + 1 });
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      report(error, path);
    }
  }
}

export const pathOf = (group: string, name: string): string =>
  group === '/' ? `/${name}` : `${group}/${name}`;

async function objectAt(
  file: Hdf5File,
  headers: ObjectHeaders,
  at: number,
  path: string,
): Promise<Hdf5Object> {
  const messages = await headers.at(at);
  for (const { type, body } of messages) {
    if (!INERT.has(type) && !READ.has(type)) {
      throw unread('message', `has a header message of type ${type}`, body.start);
    }
  }
  const common = {
    path,
    attributes: await attributesOf(file, headers, messages),
    links: await linksOf(file, messages),
  };
  const dataset = await datasetOf(file, headers, messages);
  if (dataset === 'none') return { ...common, kind: 'group' };
  return dataset === 'type'
    ? { ...common, kind: 'datatype' }
    : { ...common, kind: 'dataset', dataset };
}

async function attributesOf(
  file: Hdf5File,
  headers: ObjectHeaders,
  messages: readonly Message[],
): Promise<Attribute[]> {
  const attributes: Attribute[] = [];
  for (const { type, shared, body } of messages) {
    if (type !== ATTRIBUTE) continue;
    if (shared) throw unread('shared', 'has an attribute in a heap of shared ones', body.start);
    attributes.push(await readAttribute(body, headers));
  }
  const info = one(messages, ATTRIBUTE_INFO);
  const dense = info === undefined ? [] : await denseAttributes(file, info, headers);
  for (const attribute of dense) attributes.push(attribute);
  refuseTwice(attributes, 'attributes');
  return attributes;
}

async function linksOf(file: Hdf5File, messages: readonly Message[]): Promise<Link[]> {
  const table = one(messages, SYMBOL_TABLE);
  const links = table === undefined ? [] : await oldLinks(file, table);
  for (const { type, body } of messages) if (type === LINK) links.push(readLink(body));
  const info = one(messages, LINK_INFO);
  const dense = info === undefined ? [] : await denseLinks(file, info);
  for (const link of dense) links.push(link);
  refuseTwice(links, 'links');
  return links;
}

/** Readers differ in which of two they take. */
function refuseTwice(named: readonly { readonly name: string }[], what: string): void {
  const names = new Set<string>();
  for (const { name } of named) {
    if (names.has(name)) {
      throw broken('duplicate', `two ${what} have the name ${JSON.stringify(name.slice(0, 80))}`);
    }
    names.add(name);
  }
}
