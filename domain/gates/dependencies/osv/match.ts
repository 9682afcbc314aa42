import {
  BEFORE_ALL,
  compareKeys,
  type OrderKey,
  orderKey,
} from '#domain/gates/dependencies/versions.ts';
import type { Advisory, Step } from './advisory.ts';

/** A version that is asked about; without a key it is none of PEP 440. */
export interface Asked {
  readonly text: string;
  readonly key: OrderKey | undefined;
}

export const ask = (text: string): Asked => ({ text, key: orderKey(text) });

/** An advisory whose versions have been read once, to be asked about many. */
export interface ReadAdvisory {
  readonly advisory: Advisory;
  /** Listed versions: their texts, and the keys of those that PEP 440 knows. */
  readonly listed: ReadonlySet<string>;
  readonly ranges: readonly (Range | 'unknown')[];
  /** Versions that end a range. */
  readonly fixes: readonly Asked[];
}

interface Range {
  /** In ascending order. */
  readonly events: readonly (readonly [kind: 'i' | 'f' | 'l', at: OrderKey])[];
  /** The range ends before the highest; undefined: it has no limit. */
  readonly limit: OrderKey | undefined;
}

/** Whether a version is affected; `unknown` when the record or the version cannot be understood. */
export type Affected = 'yes' | 'no' | 'unknown';

/**
 * Whether an advisory is about a version: one of its versions, or in one of its ranges. The local
 * part is left out on both sides: builds share the vulnerabilities of their release.
 * Source: https://ossf.github.io/osv-schema/#evaluation
 */
export function affects(
  { advisory, listed, ranges }: ReadAdvisory,
  { text, key }: Asked,
): Affected {
  if (advisory.unreadable) return 'unknown';
  if (listed.has(text) || (key !== undefined && listed.has(key.join()))) return 'yes';
  if (key === undefined || (listed.size === 0 && ranges.length === 0)) return 'unknown';
  const within = ranges.map((range) => (range === 'unknown' ? range : inRange(range, key)));
  if (within.includes('yes')) return 'yes';
  return within.includes('unknown') ? 'unknown' : 'no';
}

function inRange({ events, limit }: Range, version: OrderKey): Affected {
  let affected = false;
  for (const [kind, at] of events) {
    const order = compareKeys(version, at);
    if (kind === 'i' && order >= 0) affected = true;
    if (kind === 'f' && order >= 0) affected = false;
    if (kind === 'l' && order > 0) affected = false;
  }
  const within = limit === undefined || compareKeys(version, limit) < 0;
  return affected && within ? 'yes' : 'no';
}

export function readAdvisory(advisory: Advisory): ReadAdvisory {
  const { versions, ranges } = advisory;
  const fixes = ranges.flat().flatMap(([kind, at]) => (kind === 'f' ? [ask(at)] : []));
  return {
    advisory,
    listed: new Set(versions.flatMap((each) => [each, orderKey(each)?.join() ?? each])),
    ranges: ranges.map(readRange),
    fixes: fixes.filter(({ key }) => key !== undefined),
  };
}

/** At one and the same version, what begins again comes after what ends. */
const ORDER = { f: 0, l: 0, i: 1 } as const;

function readRange(steps: readonly Step[]): Range | 'unknown' {
  const events: [kind: 'i' | 'f' | 'l', at: OrderKey][] = [];
  const limits: OrderKey[] = [];
  for (const [kind, bound] of steps) {
    const unlimited = kind === 'm' && bound === '*';
    const at = unlimited
      ? [Number.POSITIVE_INFINITY]
      : bound === '0'
        ? BEFORE_ALL
        : orderKey(bound);
    if (at === undefined) return 'unknown';
    if (kind === 'm') limits.push(at);
    else events.push([kind, at]);
  }
  if (!events.some(([kind]) => kind === 'i')) return 'unknown';
  events.sort(([a, one], [b, other]) => compareKeys(one, other) || ORDER[a] - ORDER[b]);
  return { events, limit: limits.sort(compareKeys).at(-1) };
}

/** Records of several databases about one vulnerability, told by their aliases. */
export interface Vulnerability {
  /** The name that people know it by: CVE before GHSA before PYSEC before others. */
  readonly id: string;
  readonly aliases: readonly string[];
  readonly advisories: readonly Advisory[];
}

/** Joins advisories that share a name, directly or through others; sorted by id. */
export function groupByAlias(advisories: readonly Advisory[]): Vulnerability[] {
  const groups: { names: Set<string>; advisories: Advisory[] }[] = [];
  for (const advisory of advisories) {
    const names = new Set([advisory.id, ...advisory.aliases]);
    const joined = [advisory];
    for (let at = groups.length - 1; at >= 0; at -= 1) {
      const group = groups[at];
      if (!group || ![...names].some((name) => group.names.has(name))) continue;
      for (const name of group.names) names.add(name);
      joined.unshift(...group.advisories);
      groups.splice(at, 1);
    }
    groups.push({ names, advisories: joined });
  }
  return groups
    .map(({ names, advisories: joined }) => {
      const [id = '', ...aliases] = [...names].sort(byFame);
      return { id, aliases, advisories: joined };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const FAME = ['CVE-', 'GHSA-', 'PYSEC-'];
const fame = (id: string): number => {
  const at = FAME.findIndex((prefix) => id.startsWith(prefix));
  return at < 0 ? FAME.length : at;
};
const byFame = (a: string, b: string): number => fame(a) - fame(b) || (a < b ? -1 : 1);

/** The lowest version above `version` that mends something and that no advisory is about. */
export function fixedVersion(
  advisories: readonly ReadAdvisory[],
  { key }: Asked,
): string | undefined {
  if (key === undefined) return undefined;
  const above = (fix: Asked) => compareKeys(fix.key ?? BEFORE_ALL, key) > 0;
  const fixes = advisories.flatMap((each) => each.fixes).filter(above);
  return [...new Map(fixes.map((fix) => [fix.key?.join(), fix])).values()]
    .sort((a, b) => compareKeys(a.key ?? BEFORE_ALL, b.key ?? BEFORE_ALL))
    .find((fix) => advisories.every((advisory) => affects(advisory, fix) === 'no'))?.text;
}
