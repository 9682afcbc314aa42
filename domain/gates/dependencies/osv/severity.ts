import { baseScore3 } from './cvss3.ts';
import { baseScore4 } from './cvss4.ts';

/** How bad a vulnerability is, and who says so. */
export interface Severity {
  /** CVSS base score, 0 to 10; of a mere rating the highest score that it may stand for. */
  readonly score: number;
  /** The vector or the rating that the score comes from. */
  readonly basis: string;
}

/** Upper ends of the qualitative ratings: CVSS v3.1 specification, section 5. */
const RATINGS: ReadonlyMap<string, number> = new Map([
  ['LOW', 3.9],
  ['MODERATE', 6.9],
  ['MEDIUM', 6.9],
  ['HIGH', 8.9],
  ['CRITICAL', 10],
]);

/** Score of a CVSS 3 or 4 vector by its base metrics; undefined when it is none. */
export function vectorScore(vector: string): number | undefined {
  const version = /^CVSS:(3\.0|3\.1|4\.0)\//.exec(vector)?.[1];
  if (version === undefined || vector.length > 400) return undefined;
  const metrics = new Map<string, string>();
  for (const part of vector.split('/').slice(1)) {
    const [metric = '', value = '', more] = part.split(':');
    if (value === '' || more !== undefined || metrics.has(metric)) return undefined;
    metrics.set(metric, value);
  }
  return version === '4.0' ? baseScore4(metrics) : baseScore3(metrics);
}

/** The worst that a record says; undefined when it says nothing that can be scored. */
export function severityOf(
  vectors: readonly string[],
  rating: string | undefined,
): Severity | undefined {
  const scored = vectors.flatMap((basis) => {
    const score = vectorScore(basis);
    return score === undefined ? [] : [{ score, basis }];
  });
  const worst = scored.reduce<Severity | undefined>(
    (worse, each) => (worse && worse.score >= each.score ? worse : each),
    undefined,
  );
  const rated = RATINGS.get(rating?.toUpperCase() ?? '');
  return worst ?? (rated === undefined ? undefined : { score: rated, basis: `rated ${rating}` });
}
