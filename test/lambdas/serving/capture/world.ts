import type { ProcessHour } from '#aws/hourly-counters.ts';
import type { ProcessInvocations } from '#aws/invocation-counters.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import { hourOf, type Seen, sumSeen } from '#domain/monitoring/capture/seen.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Told } from '../../../../lambdas/serving/ask-model.ts';
import {
  Capture,
  type CapturePorts,
  type Counted,
} from '../../../../lambdas/serving/capture/capture.ts';
import { manifestOf, sampleFiles, versionRecord } from '../../../support/sample-release.ts';

export const HOUR_MS = 3_600_000;
export const START = 400_000 * HOUR_MS;
export const PROFILE = hashOf('profile');

export const version = versionRecord();

const manifest: Manifest = manifestOf(sampleFiles, {
  version: '1.0.0',
  io: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2], features: ['age', 'income'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
  },
  evaluation: { dataset: 'data/eval.csv', target: 't', task: 'regression' },
});

const known = {
  name: 'age',
  input: 'x',
  kind: 'numeric',
  values: Float64Array.of(1, 2, 3),
} as const;
export const profile = makeProfile({
  rows: 3,
  columns: [() => known, () => ({ ...known, name: 'income' })],
  answers: {
    truth: { kind: 'values', values: Float64Array.of(1, 2, 3) },
    predictions: { kind: 'values', values: Float64Array.of(1, 2, 3) },
  },
});

/** So many rows with the number `value` in each place. */
export function answered(rows = 1, { value = 2, ms = 5, cached = false, of = version } = {}): Told {
  const inputs = [
    {
      ...({ name: 'x', datatype: 'FP32', shape: [rows, 2] } as const),
      data: new Float32Array(2 * rows).fill(value),
    },
  ];
  const y = new Float32Array(rows).fill(value);
  return {
    kind: 'answered',
    version: of,
    manifest,
    request: { id: 'r', parameters: {}, inputs, outputs: ['y'], binaryOutputs: new Set() },
    outputs: new Map([['y', { name: 'y', datatype: 'FP32', shape: [rows, 1], data: y }]]),
    ms: cached ? undefined : ms,
    cached,
  };
}

/** Counters as the table keeps them: of each process and hour its latest state. */
export class MemoryCounters {
  readonly items = new Map<string, ProcessHour>();
  readonly told = new Map<string, ProcessInvocations>();
  readonly puts: ProcessHour[] = [];
  fault: Error | undefined;
  /** Puts wait for it. */
  until: Promise<void> = Promise.resolve();

  async put(state: ProcessHour): Promise<void> {
    const kept = structuredClone(state);
    this.puts.push(kept);
    await this.until;
    if (this.fault) throw this.fault;
    this.keep(kept);
  }

  keep(state: ProcessHour): void {
    const { tenant, model, digest, hour, process, seq } = state;
    const key = `${tenant}/${model}/${digest}/${hour}/${process}`;
    if ((this.items.get(key)?.seq ?? 0) < seq) this.items.set(key, state);
  }

  async putInvocations(counted: ProcessInvocations): Promise<void> {
    if (this.fault) throw this.fault;
    this.told.set(`${counted.hour}/${counted.process}`, counted);
  }

  seen(of: VersionRecord = version, hour = hourOf(START)): Seen {
    const items = [...this.items.values()].filter(
      (item) => item.digest === of.digest && item.hour === hour,
    );
    return sumSeen(
      PROFILE,
      items.map(({ seen }) => seen),
    );
  }

  invocations(hour = hourOf(START)): number {
    const told = [...this.told.values()].filter((one) => one.hour === hour);
    return told.reduce((sum, { invocations }) => sum + invocations, 0);
  }
}

/** One process over counters in memory, and a clock that stands still. */
export function processOver(counters = new MemoryCounters(), more: Partial<CapturePorts> = {}) {
  const time = { now: START };
  const dropped: number[] = [];
  let ids = 0;
  const name = Math.random().toString(36).slice(2);
  const capture = new Capture({
    counters,
    invocations: { put: (counted) => counters.putInvocations(counted) },
    readProfile: async () => ({ profile, sha256: PROFILE }),
    clock: () => time.now,
    newId: () => `${name}-${ids++}`,
    onDropped: (hours) => void dropped.push(hours),
    ...more,
  });
  const tell = (told: Counted) => {
    capture.expect(told.version);
    capture.told(told, 'request');
  };
  return { capture, counters, time, tell, dropped };
}
