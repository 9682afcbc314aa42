/** A call of CloudWatch's SEARCH that names the dimensions of what it finds. */
export interface Search {
  /** `Assay,Model,Tenant`: a namespace and the names of dimensions. */
  readonly schema: string;
  /** Of properties, in a language of their own. */
  readonly terms: string;
  readonly statistic: string;
  /** Absent where the period of the whole expression holds. */
  readonly periodSeconds?: number | undefined;
}

const SEARCH =
  /SEARCH\s*\(\s*'\s*\{([^{}']*)\}([^'\\]*)'\s*,\s*'([^']*)'\s*(?:,\s*([1-9]\d{0,6})\s*)?\)/g;

/** What reorders, cuts and joins what searches found; other functions may look elsewhere. */
const WORDS = new Set(
  'SORT SLICE REMOVE_EMPTY FILL REPEAT LINEAR MIN MAX AVG SUM STDDEV ASC DESC'.split(' '),
);

/** The same expression with other searches; undefined where it has more in it than searches. */
export function withSearches(
  expression: string,
  change: (search: Search) => Search | undefined,
): string | undefined {
  const between = expression.replace(SEARCH, ' ');
  const searches = [...expression.matchAll(SEARCH)].map((found) => change(searchOf(found)));
  if (searches.length === 0 || !isPlain(between)) return undefined;
  if (searches.some((search) => search === undefined)) return undefined;
  let next = 0;
  return expression.replace(SEARCH, (found) => {
    const search = searches[next++];
    return search ? textOf(search) : found;
  });
}

/** @returns those of an expression that `withSearches` has let pass */
export const searchesIn = (expression: string): Search[] =>
  [...expression.matchAll(SEARCH)].map(searchOf);

function searchOf([, schema = '', terms = '', statistic = '', period]: RegExpMatchArray): Search {
  const periodSeconds = period === undefined ? undefined : Number(period);
  return { schema: schema.trim(), terms: terms.trim(), statistic, periodSeconds };
}

const textOf = ({ schema, terms, statistic, periodSeconds }: Search): string =>
  `SEARCH('{${schema}} ${terms}', '${statistic}'${periodSeconds === undefined ? '' : `, ${periodSeconds}`})`;

const isPlain = (between: string): boolean =>
  /^[A-Z_\s\d.,()+*/-]*$/.test(between) &&
  (between.match(/[A-Z_]+/g) ?? []).every((word) => WORDS.has(word));

/** Whether terms can be put in brackets without any of them coming to stand outside. */
export function areClosed(terms: string): boolean {
  const bare = terms.replace(/"[^"]*"/g, '');
  if (bare.includes('"')) return false;
  let open = 0;
  for (const character of bare) {
    if (character === '(') open += 1;
    if (character === ')') open -= 1;
    if (open < 0) return false;
  }
  return open === 0;
}
