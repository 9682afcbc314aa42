import type { HourlyCounters } from '#aws/hourly-counters.ts';
import type { InvocationCounters } from '#aws/invocation-counters.ts';
import { numericDistribution } from '#domain/gates/performance/distribution.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import type { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import { gaussian, mulberry32 } from '#domain/gates/random.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Manifest } from '#domain/registry/manifest.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { Referenced } from '../../lambdas/monitoring/reference-profile-of.ts';
import type { Told } from '../../lambdas/serving/ask-model.ts';
import { Capture } from '../../lambdas/serving/capture/capture.ts';
import { manifestOf, sampleFiles, versionRecord } from '../../test/support/sample-release.ts';

const REFERENCE_ROWS = 10_000;

/** A classifier of so many numbers, its profile with 16 pairs of them, and requests of a row each. */
export interface Traffic {
  readonly version: VersionRecord;
  readonly names: readonly string[];
  readonly told: readonly Told[];
  newCapture(
    counters: Pick<HourlyCounters, 'put'>,
    clock: () => number,
    invocations?: Pick<InvocationCounters, 'put'>,
  ): Promise<Capture>;
  /** By a profile that has no pairs. */
  newCaptureWithoutPairs(clock: () => number): Promise<Capture>;
}

export function trafficOf(features: number, requests: number): Traffic {
  const random = mulberry32(20261121);
  const normal = () => gaussian(random);
  const names = Array.from({ length: features }, (_, i) => `feature_${i}`);
  const manifest: Manifest = manifestOf(sampleFiles, {
    version: '1.0.0',
    io: {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, features], features: [...names] }],
      outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 2] }],
    },
    evaluation: { dataset: 'data/eval.csv', target: 't', task: 'binary-classification' },
  });
  const none = { kind: 'values', values: new Float64Array(1) } as const;
  const { features: profiled, pairs = [] } = makeProfile({
    rows: REFERENCE_ROWS,
    columns: names.map((name) => {
      const values = Float64Array.from({ length: REFERENCE_ROWS }, normal);
      return () => ({ name, input: 'x', kind: 'numeric', values });
    }),
    answers: { truth: none, predictions: none },
  });
  const scores = numericDistribution(Float64Array.from({ length: REFERENCE_ROWS }, random));
  if (scores.kind !== 'numeric') throw new Error('no scores');
  const zeros = scores.counts.map(() => 0);
  const profile: ReferenceProfile = {
    schema: 'assay.reference-profile/v1',
    rows: REFERENCE_ROWS,
    features: profiled,
    omitted: 0,
    pairs,
    predictions: {
      kind: 'classes',
      classes: [
        { label: '0', truth: 5_000, answered: 5_000 },
        { label: '1', truth: 5_000, answered: 5_000 },
      ],
      unknown: 0,
      scores: {
        of: 'class-1',
        edges: scores.edges,
        counts: scores.counts,
        sums: zeros,
        hits: zeros,
      },
    },
  };
  const version = versionRecord();
  const referenced = { profile, sha256: hashOf(profile) };
  const told = Array.from({ length: requests }, (): Told => {
    const score = random();
    const data = Float32Array.from({ length: features }, normal);
    const p = Float32Array.of(1 - score, score);
    return {
      ...{ kind: 'answered', version, manifest, ms: 1 + random(), cached: false },
      request: {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, features], data }],
        ...{ id: undefined, parameters: {}, outputs: ['p'], binaryOutputs: new Set<string>() },
      },
      outputs: new Map([['p', { name: 'p', datatype: 'FP32', shape: [1, 2], data: p }]]),
    };
  });
  return {
    version,
    names,
    told,
    newCapture: (counters, clock, invocations) =>
      captureBy(referenced, version, counters, clock, invocations),
    newCaptureWithoutPairs(clock) {
      const { pairs: _, ...alone } = profile;
      const of = { profile: alone, sha256: hashOf(alone) };
      return captureBy(of, version, { put: async () => undefined }, clock);
    },
  };
}

async function captureBy(
  referenced: Referenced,
  version: VersionRecord,
  counters: Pick<HourlyCounters, 'put'>,
  clock: () => number,
  invocations: Pick<InvocationCounters, 'put'> = { put: async () => undefined },
): Promise<Capture> {
  const readProfile = async () => referenced;
  const capture = new Capture({
    ...{ counters, invocations, clock, readProfile },
    onDropped: () => {},
  });
  capture.expect(version);
  await capture.flushed();
  return capture;
}
