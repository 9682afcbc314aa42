const WEIGHTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
/** Privileges weigh less when the attack leaves the component that asked for them. */
const PRIVILEGES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 },
};

/**
 * Base score, 0 to 10, of the metrics of a CVSS 3.0 or 3.1 vector; undefined when one is missing
 * or unknown. Source: CVSS v3.1 specification, section 7.1; its rounding is that of appendix A.
 */
export function baseScore3(metrics: ReadonlyMap<string, string>): number | undefined {
  const weight = (metric: string) => WEIGHTS[metric]?.[metrics.get(metric) ?? ''] ?? Number.NaN;
  const scope = metrics.get('S') ?? '';
  const privileges = PRIVILEGES[scope]?.[metrics.get('PR') ?? ''] ?? Number.NaN;
  const impactSubScore = 1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'));
  const changed = scope === 'C';
  const impact = changed
    ? 7.52 * (impactSubScore - 0.029) - 3.25 * (impactSubScore - 0.02) ** 15
    : 6.42 * impactSubScore;
  const exploitability = 8.22 * weight('AV') * weight('AC') * privileges * weight('UI');
  const sum = impact + exploitability;
  if (Number.isNaN(sum)) return undefined;
  return impact <= 0 ? 0 : roundUp(Math.min(changed ? 1.08 * sum : sum, 10));
}

/** The smallest number of one decimal that is not below; integers keep binary fractions out. */
function roundUp(score: number): number {
  const scaled = Math.round(score * 100_000);
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10;
}
