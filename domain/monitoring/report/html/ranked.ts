import type { ComparedReport, WindowReport } from '#domain/monitoring/report/drift-report.ts';

/** A window, and what it is called. */
export interface NamedWindow
  extends Pick<WindowReport, 'inputs' | 'features' | 'answers' | 'labels'> {
  readonly title: string;
}

export interface RankedFeature {
  readonly name: string;
  /** Greatest ratio to what warns, of any window. */
  readonly ratio: number;
  /** By window; undefined where that has no such feature. */
  readonly found: readonly (ComparedReport | undefined)[];
  /** The window where it is gravest. */
  readonly gravest: number;
}

/** The features of all windows, the gravest first. */
export function rankedFeatures(windows: readonly NamedWindow[]): readonly RankedFeature[] {
  const byName = windows.map(({ features }) => new Map(features.map((one) => [one.name, one])));
  const names = new Set(windows.flatMap(({ features }) => features.map(({ name }) => name)));
  return [...names].map((name) => rankedOf(name, byName)).sort((a, b) => b.ratio - a.ratio);
}

function rankedOf(
  name: string,
  windows: readonly ReadonlyMap<string, ComparedReport>[],
): RankedFeature {
  const found = windows.map((features) => features.get(name));
  const ratios = found.map((one) => one?.ratios.warn ?? -1);
  const ratio = Math.max(...ratios);
  return { name, ratio, found, gravest: ratios.lastIndexOf(ratio) };
}
