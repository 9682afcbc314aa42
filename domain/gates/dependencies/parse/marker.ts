import { satisfies, validRange } from '@renovatebot/pep440';
import { normalName } from '#domain/gates/dependencies/component.ts';
import { parseVersion } from '#domain/gates/dependencies/versions.ts';
import { Cursor, Unexpected } from './cursor.ts';

/** The variables of PEP 508 that describe where a model runs. */
export type Environment = Readonly<Record<string, string>>;

type Operand = { readonly variable: string } | { readonly text: string };

export type Marker =
  | { readonly all: readonly Marker[] }
  | { readonly any: readonly Marker[] }
  | { readonly left: Operand; readonly operator: string; readonly right: Operand };

const VARIABLE =
  /(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_release|platform_system|platform[._](?:version|machine|python_implementation)|python_implementation|implementation_name|implementation_version|extras?|dependency_groups)\b/y;
const VERSIONS = new Set([
  'python_version',
  'python_full_version',
  'implementation_version',
  'platform_release',
]);
const SETS = new Set(['extras', 'dependency_groups']);

/** Nested brackets beyond this are an attack on the stack, not a marker. */
const MAX_DEPTH = 50;

/** @throws Unexpected when the text is no PEP 508 marker. */
export function parseMarker(text: string): Marker {
  const cursor = new Cursor(text);
  const marker = either(cursor, 0);
  if (!cursor.done)
    throw new Unexpected(`"and", "or" or the end of the marker at "${cursor.rest}"`);
  return marker;
}

function either(cursor: Cursor, depth: number): Marker {
  const any: Marker[] = [];
  let all: Marker[] = [atom(cursor, depth)];
  for (;;) {
    const word = cursor.take(/(?:or|and)\b/y);
    if (word === 'and') all.push(atom(cursor, depth));
    else {
      any.push(all.length === 1 && all[0] ? all[0] : { all });
      if (word === undefined) return any.length === 1 && any[0] ? any[0] : { any };
      all = [atom(cursor, depth)];
    }
  }
}

function atom(cursor: Cursor, depth: number): Marker {
  cursor.space();
  const marker = cursor.take(/\(/y) ? bracket(cursor, depth) : comparison(cursor);
  cursor.space();
  return marker;
}

function bracket(cursor: Cursor, depth: number): Marker {
  if (depth >= MAX_DEPTH) throw new Unexpected(`at most ${MAX_DEPTH} nested brackets`);
  const marker = either(cursor, depth + 1);
  if (!cursor.take(/\)/y)) throw new Unexpected(`")" in the marker at "${cursor.rest}"`);
  return marker;
}

function comparison(cursor: Cursor): Marker {
  const left = operand(cursor);
  cursor.space();
  const operator = cursor.take(/===|==|~=|!=|<=|>=|<|>|in\b|not[ \t]+in\b/y);
  if (operator === undefined) {
    throw new Unexpected(`a comparison in the marker at "${cursor.rest}"`);
  }
  cursor.space();
  return { left, operator: operator.replace(/[ \t]+/, ' '), right: operand(cursor) };
}

function operand(cursor: Cursor): Operand {
  const quoted = cursor.take(/'[^']*'|"[^"]*"/y);
  if (quoted !== undefined) return { text: quoted.slice(1, -1) };
  const variable = cursor.take(VARIABLE)?.replace('.', '_');
  if (variable === undefined) {
    throw new Unexpected(`a marker variable or a quoted text at "${cursor.rest}"`);
  }
  return {
    variable: variable === 'python_implementation' ? 'platform_python_implementation' : variable,
  };
}

/**
 * Whether a marker holds in an environment; undefined when it asks for a variable that the
 * environment does not tell, or compares what cannot be compared.
 */
export function holds(marker: Marker, environment: Environment): boolean | undefined {
  if ('all' in marker) return combine(marker.all, environment, false);
  if ('any' in marker) return combine(marker.any, environment, true);
  return compared(marker, environment);
}

/** One part that equals `decisive` decides; otherwise any unknown part leaves it open. */
function combine(
  parts: readonly Marker[],
  environment: Environment,
  decisive: boolean,
): boolean | undefined {
  const values = parts.map((part) => holds(part, environment));
  if (values.includes(decisive)) return decisive;
  return values.includes(undefined) ? undefined : !decisive;
}

function compared(
  { left, operator, right }: Extract<Marker, { left: Operand }>,
  environment: Environment,
): boolean | undefined {
  const key = 'variable' in left ? left.variable : 'variable' in right ? right.variable : undefined;
  if (key === undefined || SETS.has(key)) return undefined;
  const value = (side: Operand) => ('text' in side ? side.text : environment[side.variable]);
  const [mine, its] = [value(left), value(right)];
  if (mine === undefined || its === undefined) return undefined;
  if (VERSIONS.has(key) && validRange(`${operator}${its}`)) {
    return parseVersion(mine)
      ? satisfies(mine, `${operator}${its}`, { prereleases: true })
      : undefined;
  }
  return key === 'extra'
    ? text(normalName(mine), operator, normalName(its))
    : text(mine, operator, its);
}

function text(mine: string, operator: string, its: string): boolean | undefined {
  switch (operator) {
    case 'in':
      return its.includes(mine);
    case 'not in':
      return !its.includes(mine);
    case '==':
    case '<=':
    case '>=':
      return mine === its;
    case '!=':
      return mine !== its;
    case '<':
    case '>':
      return false;
    default:
      return undefined;
  }
}
