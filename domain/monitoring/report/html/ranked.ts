import type { ComparedReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';

/** A window, and what it is called. */
export interface NamedWindow
  extends Pick<WindowReport, 'inputs' | 'features' | 'dependence' | 'answers' | 'labels'> {
  readonly title: string;
}

export interface Ranked<T extends ComparedReport = ComparedReport> {
  readonly name: string;
  /** Greatest ratio to what warns, of any window. */
  readonly ratio: number;
  /** By window; undefined where that has none of the name. */
  readonly found: readonly (T | undefined)[];
  /** The window where it is gravest. */
  readonly gravest: number;
}
export type RankedFeature = Ranked;

/** What is compared in each of some windows, by name, the gravest first. */
export function ranked<T extends ComparedReport>(
  windows: readonly (readonly T[])[],
): readonly Ranked<T>[] {
  const byName = windows.map((compared) => new Map(compared.map((one) => [one.name, one])));
  const names = new Set(windows.flatMap((compared) => compared.map(({ name }) => name)));
  return [...names].map((name) => rankedOf(name, byName)).sort((a, b) => b.ratio - a.ratio);
}

/** The features of all windows. */
export const rankedFeatures = (windows: readonly NamedWindow[]): readonly RankedFeature[] =>
  ranked(windows.map(({ features }) => features));

function rankedOf<T extends ComparedReport>(
  name: string,
  windows: readonly ReadonlyMap<string, T>[],
): Ranked<T> {
  const found = windows.map((compared) => compared.get(name));
  const ratios = found.map((one) => one?.ratios.warn ?? -1);
  const ratio = Math.max(...ratios);
  return { name, ratio, found, gravest: ratios.lastIndexOf(ratio) };
}
