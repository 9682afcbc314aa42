import { normalName } from '#domain/gates/dependencies/component.ts';
import { parseVersion } from '#domain/gates/dependencies/versions.ts';
import { Cursor, Unexpected } from './cursor.ts';
import { parseMarker } from './marker.ts';

export interface Specifier {
  readonly operator: string;
  readonly version: string;
}

/** A dependency specifier of PEP 508. */
export interface Requirement {
  /** Normalised by PEP 503. */
  readonly name: string;
  readonly extras: readonly string[];
  readonly specifiers: readonly Specifier[];
  readonly url?: string;
  /** As written; its grammar has been checked. */
  readonly marker?: string;
}

const IDENTIFIER = /[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?![a-z0-9_])/iy;

const RELEASE = 'v?(?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)*';
const PRE = '(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?[0-9]*)?';
const POST = '(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?';
const DEV = '(?:[-_.]?dev[-_.]?[0-9]*)?';
const LOCAL = '(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?';
const EQUAL = new RegExp(`${RELEASE}(?:\\.\\*|${PRE}${POST}${DEV}${LOCAL})`, 'iy');
const COMPATIBLE = new RegExp(`v?(?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)+${PRE}${POST}${DEV}`, 'iy');
const ORDERED = new RegExp(`${RELEASE}${PRE}${POST}${DEV}`, 'iy');
const ARBITRARY = /[^\s;)]+/y;

const VERSION: Readonly<Record<string, RegExp>> = {
  '===': ARBITRARY,
  '==': EQUAL,
  '!=': EQUAL,
  '~=': COMPATIBLE,
  '<=': ORDERED,
  '>=': ORDERED,
  '<': ORDERED,
  '>': ORDERED,
};

/** @throws Unexpected when the text is no dependency specifier of PEP 508. */
export function parseRequirement(text: string): Requirement {
  const cursor = new Cursor(text);
  cursor.space();
  const name = cursor.take(IDENTIFIER);
  if (name === undefined) throw new Unexpected('a package name at the start');
  cursor.space();
  const extras = parseExtras(cursor);
  cursor.space();
  const named = { name: normalName(name), extras };
  return cursor.take(/@/y) ? direct(cursor, named) : released(cursor, named);
}

type Named = Pick<Requirement, 'name' | 'extras'>;

function direct(cursor: Cursor, named: Named): Requirement {
  cursor.space();
  const url = cursor.take(/[^ \t]+/y);
  if (url === undefined) throw new Unexpected('a URL behind "@"');
  cursor.space();
  return { ...named, specifiers: [], url, ...markerOf(cursor) };
}

function released(cursor: Cursor, named: Named): Requirement {
  const bracketed = cursor.take(/\(/y) !== undefined;
  cursor.space();
  const specifiers = parseSpecifiers(cursor);
  cursor.space();
  if (bracketed && !cursor.take(/\)/y)) throw new Unexpected('")" behind the versions');
  cursor.space();
  return { ...named, specifiers, ...markerOf(cursor) };
}

function parseExtras(cursor: Cursor): string[] {
  if (!cursor.take(/\[/y)) return [];
  const extras: string[] = [];
  cursor.space();
  let extra = cursor.take(IDENTIFIER);
  while (extra !== undefined) {
    extras.push(normalName(extra));
    cursor.space();
    if (!cursor.take(/,/y)) break;
    cursor.space();
    extra = cursor.take(IDENTIFIER);
    if (extra === undefined) throw new Unexpected('the name of an extra behind ","');
  }
  if (!cursor.take(/\]/y)) throw new Unexpected('"]" behind the extras');
  return [...new Set(extras)].sort();
}

function parseSpecifiers(cursor: Cursor): Specifier[] {
  const specifiers: Specifier[] = [];
  for (;;) {
    const operator = cursor.take(/===|==|~=|!=|<=|>=|<|>/y);
    if (operator === undefined) return specifiers;
    cursor.space();
    const version = cursor.take(VERSION[operator] ?? ORDERED);
    if (version === undefined) throw new Unexpected(`a version of PEP 440 behind "${operator}"`);
    specifiers.push({ operator, version });
    cursor.space();
    if (!cursor.take(/,/y)) return specifiers;
    cursor.space();
  }
}

function markerOf(cursor: Cursor): { readonly marker?: string } {
  if (cursor.done) return {};
  if (!cursor.take(/;/y)) {
    throw new Unexpected(`a comma, a semicolon or the end at "${cursor.rest}"`);
  }
  const marker = cursor.rest.trim();
  parseMarker(marker);
  return { marker };
}

export const specifierText = (specifiers: readonly Specifier[]): string =>
  specifiers.map(({ operator, version }) => operator + version).join(',');

/** The one release that specifiers leave: named by `==` without a wildcard, or by `===`. */
export function pinnedVersion(specifiers: readonly Specifier[]): string | undefined {
  const exact = specifiers.filter(
    ({ operator, version }) => operator === '===' || (operator === '==' && !version.endsWith('*')),
  );
  const versions = new Set(exact.map(({ version }) => parseVersion(version) ?? version));
  return versions.size === 1 ? [...versions][0] : undefined;
}
