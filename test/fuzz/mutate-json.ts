import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Stands for an array in an array in …, deeper than any program that writes JSON can go. */
const DEEP = '<deep>';
const DEPTH = 20_000;

const ODD: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  -0,
  1e308,
  -1e308,
  5e-324,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e21,
  '',
  ' ',
  'x',
  '\0',
  '\ud800',
  '\u202e',
  '\ud83d\ude00',
  'NaN',
  '1',
  '-1',
  'a'.repeat(5000),
  '../x',
  '/x',
  'C:\\x',
  '=1+1',
  '0'.repeat(64),
  'f'.repeat(64),
  '1.0.0',
  '*',
  '2026-13-45',
  [],
  {},
  [[]],
  [null],
  [1, 'x'],
  { a: 1 },
  [[[[[[[[[[[[{ a: [[[[[[]]]]]] }]]]]]]]]]]]],
  DEEP,
];
const KEYS = ['__proto__', 'constructor', 'toString', '', 'a', 'length', '\ud800', '0'];

const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json> },
);

const change = fc.record({
  node: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  is: fc.constantFrom('replace', 'replace', 'replace', 'delete', 'double', 'rename', 'copy', 'add'),
  from: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  key: fc.constantFrom(...KEYS),
  value,
});
export type JsonChange = typeof change extends fc.Arbitrary<infer V> ? V : never;

export const jsonChanges = fc.array(change, { minLength: 1, maxLength: 3 });

interface Place {
  readonly parent: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/** Changes a document by its structure; whatever is no JSON stays as it is. */
export function changedJson(text: string, changes: readonly JsonChange[]): string {
  let root: { [key: string]: Json };
  try {
    root = { root: JSON.parse(text) };
  } catch {
    return text;
  }
  for (const each of changes) apply(root, each);
  const document = JSON.stringify(
    root.root ?? null,
    undefined,
    changes.length === 2 ? 1 : undefined,
  );
  return document.replace(`"${DEEP}"`, () => `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`);
}

function apply(root: { [key: string]: Json }, { node, is, from, key, value: odd }: JsonChange) {
  const places = [...placesIn(root, 0)];
  const place = places[Math.floor(node * places.length)];
  const other = places[Math.floor(from * places.length)];
  if (place === undefined || other === undefined) return;
  const { parent, key: at } = place;
  const own = read(place);
  if (is === 'replace') write(place, odd);
  else if (is === 'copy') write(place, structuredClone(read(other)));
  else if (is === 'delete' && parent !== root) {
    if (Array.isArray(parent)) parent.splice(Number(at), 1);
    else delete parent[at];
  } else if (is === 'double') {
    if (Array.isArray(parent)) parent.push(structuredClone(own));
    else if (Array.isArray(own)) for (let i = 0; i < 300; i += 1) own.push(own[0] ?? odd);
  } else if (is === 'rename' && !Array.isArray(parent) && parent !== root) {
    delete parent[at];
    set(parent, key, own);
  } else if (is === 'add' && own !== null && typeof own === 'object' && !Array.isArray(own)) {
    set(own, key, odd);
  }
}

const DEEPEST = 200;

function* placesIn(parent: Json[] | { [key: string]: Json }, depth: number): Generator<Place> {
  if (depth > DEEPEST) return;
  for (const key of Object.keys(parent)) {
    const place = { parent, key };
    yield place;
    const own = read(place);
    if (own !== null && typeof own === 'object') yield* placesIn(own, depth + 1);
  }
}

const read = ({ parent, key }: Place): Json =>
  (parent as Readonly<Record<string | number, Json>>)[key] ?? null;

function write({ parent, key }: Place, odd: Json): void {
  if (Array.isArray(parent)) parent[Number(key)] = odd;
  else set(parent, String(key), odd);
}

/** A field of its own, also where the name is one that every object has. */
const set = (object: object, key: string, own: Json): void => {
  Object.defineProperty(object, key, {
    value: own,
    enumerable: true,
    configurable: true,
    writable: true,
  });
};
