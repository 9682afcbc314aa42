import type { Entry } from './allowed/entry.ts';
import type { Payload } from './opcode-reader.ts';
import type { StateRule } from './rules.ts';

/**
 * What a pickle would make, as far as it can be known without making it. Entities keep their
 * identity, since a memo entry and a place on the stack may be the same object.
 */
export type Value = null | boolean | number | bigint | string | Entity;

export type Entity =
  | Payload
  | Collection
  | Dict
  | Global
  | Instance
  | { readonly kind: 'persistent'; readonly id: Value }
  | Opaque;

/** Items beyond this number are counted, not kept: no rule looks at that many. */
const KEPT_ITEMS = 64;

export interface Collection {
  readonly kind: 'list' | 'tuple' | 'set' | 'frozenset';
  readonly items: Value[];
  count: number;
}

export interface Dict {
  readonly kind: 'dict';
  readonly entries: [Value, Value][];
  count: number;
  /** A key such as `__class__`, which as a state would reach behind the object. */
  dunder: string | undefined;
}

/** Something found by name in a module. */
export interface Global {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
  /** None for a name that is not on the allowlist. */
  readonly entry: Entry | undefined;
}

/** What a call returned. */
export interface Instance {
  readonly kind: 'instance';
  /** `module.name` of its class, or of the function that made it. */
  readonly type: string;
  readonly args: readonly Value[];
  readonly takesState: boolean;
  readonly stateRule?: StateRule | undefined;
  readonly takesItems: boolean;
  state: Value | undefined;
}

/** A value that cannot be known; `blamed` when a finding already says why. */
export interface Opaque {
  readonly kind: 'opaque';
  readonly why: string;
  readonly blamed: boolean;
}

export const opaque = (why: string, blamed = true): Opaque => ({ kind: 'opaque', why, blamed });

export function collection(kind: Collection['kind'], items: readonly Value[]): Collection {
  return { kind, items: items.slice(0, KEPT_ITEMS), count: items.length };
}

export const dict = (): Dict => ({ kind: 'dict', entries: [], count: 0, dunder: undefined });

export function add(into: Collection, items: readonly Value[]): void {
  into.count += items.length;
  into.items.push(...items.slice(0, Math.max(KEPT_ITEMS - into.items.length, 0)));
}

export function put(into: Dict, key: Value, value: Value): void {
  into.count += 1;
  if (into.entries.length < KEPT_ITEMS) into.entries.push([key, value]);
  if (typeof key === 'string' && /^__.*__$/.test(key)) into.dunder = key;
}

/** The value of a text key; none when the dict has no such key, or more than are kept. */
export const entry = (from: Dict, key: string): Value | undefined =>
  from.entries.find(([name]) => name === key)?.[1];

export const isEntity = (value: Value | undefined): value is Entity =>
  typeof value === 'object' && value !== null;

export const kindOf = (value: Value | undefined): string =>
  isEntity(value) ? value.kind : value === null ? 'None' : typeof value;

const SHOWN_TEXT = 60;
const SHOWN_ITEMS = 4;

/** One line about a value, for messages: cut in depth and width, control characters escaped. */
export function shown(value: Value | undefined, depth = 2): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') {
    return JSON.stringify(
      value.length > SHOWN_TEXT ? `${value.slice(0, SHOWN_TEXT)}…` : value,
    ).replace(/\p{Surrogate}/gu, '\ufffd');
  }
  if (!isEntity(value)) return String(value).slice(0, SHOWN_TEXT);
  switch (value.kind) {
    case 'payload':
      return `<${value.length} bytes>`;
    case 'global':
      return nameOf(value);
    case 'instance':
      return `<${value.type}>`;
    case 'persistent':
      return '<persistent object>';
    case 'opaque':
      return `<${value.why}>`;
    case 'dict':
      return depth === 0 || value.count === 0
        ? `{${value.count === 0 ? '' : '…'}}`
        : `{${row(
            value.entries.map(([k, v]) => `${shown(k, depth - 1)}: ${shown(v, depth - 1)}`),
            value.count,
          )}}`;
    default: {
      const inside =
        depth === 0 && value.count > 0
          ? '…'
          : row(
              value.items.slice(0, SHOWN_ITEMS).map((item) => shown(item, depth - 1)),
              value.count,
            );
      return value.kind === 'tuple' ? `(${inside})` : `[${inside}]`;
    }
  }
}

const row = (parts: readonly string[], count: number): string =>
  parts.slice(0, SHOWN_ITEMS).join(', ') + (count > SHOWN_ITEMS ? ', …' : '');

/** `module.name`, cut and made printable. */
export function nameOf({ module, name }: Pick<Global, 'module' | 'name'>): string {
  const text = `${module}.${name}`;
  const cut = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return /^[\x20-\x7e]*$/.test(cut)
    ? cut
    : JSON.stringify(cut).replace(/\p{Surrogate}/gu, '\ufffd');
}
