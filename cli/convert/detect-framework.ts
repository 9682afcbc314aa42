import { type ByteSource, inBlocks, sourceOf } from '#domain/gates/scan/byte-source.ts';
import type { Codec } from '#domain/gates/scan/decompressors.ts';
import { SCAN_LIMITS } from '#domain/gates/scan/limits.ts';
import { scanPickle } from '#domain/gates/scan/pickle/scan-pickle.ts';
import type { ScannedFile, ScanReport } from '#domain/gates/scan/scan-artifact.ts';
import { unpack } from '#domain/gates/scan/unpack.ts';
import { NODE_DECOMPRESSORS } from '#node/decompressors.ts';

export type Framework = 'scikit-learn' | 'xgboost' | 'lightgbm' | 'torch';

export type Detected =
  | { readonly ok: true; readonly framework: Framework }
  | { readonly ok: false; readonly got: string };

/** Packages whose names tell a framework, the most telling first: boosters bring others along. */
const PACKAGES: readonly (readonly [topModule: string, framework: Framework])[] = [
  ['xgboost', 'xgboost'],
  ['lightgbm', 'lightgbm'],
  ['torch', 'torch'],
  ['sklearn', 'scikit-learn'],
];

/** Modules that hold other estimators: with a booster among them, one converter is not enough. */
const COMPOSED = /^sklearn\.(pipeline|compose|ensemble|multiclass|multioutput|calibration)\b/;

/** The framework that a pickle's own names tell of, in a file that a scan has passed. */
export async function detectFramework(file: ScannedFile, report: ScanReport): Promise<Detected> {
  const [own, ...others] = report.members;
  if (others.some(({ where, format }) => format === 'pickle' && where.endsWith('data.pkl'))) {
    return { ok: true, framework: 'torch' };
  }
  if (!own?.format.startsWith('pickle')) return { ok: false, got: own?.format ?? 'nothing' };
  const codec = /, compressed with (\w+)$/.exec(own.format)?.[1] as Codec | undefined;
  const { globals } = await scanPickle(
    codec ? await unpacked(file.source, codec) : inBlocks(file.source),
  );
  return frameworkOf(globals.map(({ module }) => module));
}

export function frameworkOf(modules: readonly string[]): Detected {
  const tops = new Set(modules.map((module) => module.split('.')[0]));
  const found = PACKAGES.find(([top]) => tops.has(top));
  if (!found) {
    const named = [...tops].slice(0, 10).join(', ');
    return {
      ok: false,
      got: named ? `a pickle that names ${named}` : 'a pickle that names nothing',
    };
  }
  const [, framework] = found;
  const booster = framework === 'xgboost' || framework === 'lightgbm';
  return booster && modules.some((module) => COMPOSED.test(module))
    ? { ok: false, got: `a scikit-learn pipeline with a model of ${framework} in it` }
    : { ok: true, framework };
}

async function unpacked(source: ByteSource, codec: Codec): Promise<ByteSource> {
  const { bytes } = await unpack(source, codec, {
    decompressors: NODE_DECOMPRESSORS,
    limits: SCAN_LIMITS,
    spent: { entries: 0, unpackedBytes: 0 },
  });
  return sourceOf(bytes);
}
