import type { GateReport } from '#domain/gates/gate-result.ts';
import type { Json } from '#domain/gates/verdict.ts';

export interface CardMetric {
  /** `accuracy`, `ece`, `p95Ms`, … as the gates name them. */
  readonly type: string;
  readonly value: number;
  /** Part of the rows that it was measured on; absent: all of them. */
  readonly slice?: string;
}

/** Where a gate's evidence holds measurements of the version itself. */
const SOURCES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  performance: [
    ['candidate', 'quality', 'value'],
    ['latency', 'value', 'candidate'],
  ],
  load: [['measured']],
};

/** Every number that a gate measured on the version, under the name the gate gave it. */
export function metricsOf({ gate, evidence }: Pick<GateReport, 'gate' | 'evidence'>): CardMetric[] {
  const found = (SOURCES[gate] ?? []).flatMap((path) => numbersIn(at(evidence, path)));
  const memory = at(evidence, ['candidate', 'peakMemoryMiB', 'value']);
  return typeof memory === 'number' && gate === 'performance'
    ? [...found, { type: 'peakMemoryMiB', value: memory }]
    : found;
}

const numbersIn = (json: Json | undefined): CardMetric[] =>
  Object.entries(isRecord(json) ? json : {}).flatMap(([type, value]) =>
    typeof value === 'number' ? [{ type, value }] : [],
  );

const at = (json: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    json,
  );

const isRecord = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
