import type { Logger } from '@aws-lambda-powertools/logger';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { HourlyCounters } from '#aws/hourly-counters.ts';
import { InvocationCounters } from '#aws/invocation-counters.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ReservoirStream } from '#aws/reservoir-stream.ts';
import { env, optionalEnv } from '../../env.ts';
import { count } from '../../metrics.ts';
import { referenceProfileOf } from '../../monitoring/reference-profile-of.ts';
import type { Decisions } from '../decisions.ts';
import { Capture } from './capture.ts';
import { Reservoir } from './reservoir.ts';

/** Counts what production answers, and keeps a sample of rows where the deployment wants one. */
export function capturing(
  decisions: Pick<Decisions, 'unitOf'>,
  log: Pick<Logger, 'warn'>,
): Capture {
  const results = new GateResults(new RegistryTable(env('REGISTRY_TABLE')));
  const evidence = new EvidenceBucket(env('EVIDENCE_BUCKET'));
  return new Capture({
    counters: new HourlyCounters(env('METRICS_TABLE')),
    invocations: new InvocationCounters(env('METRICS_TABLE')),
    readProfile: (version) => referenceProfileOf({ results, evidence }, version),
    clock: Date.now,
    reservoir: reservoir(decisions, log),
    onDropped: (hours) => count({ Fleet: 'All' }, { CaptureDropped: hours }),
  });
}

function reservoir(
  decisions: Pick<Decisions, 'unitOf'>,
  log: Pick<Logger, 'warn'>,
): Reservoir | undefined {
  const stream = optionalEnv('RESERVOIR_STREAM');
  if (stream === undefined) return undefined;
  return new Reservoir(new ReservoirStream(stream), {
    share: Number(env('RESERVOIR_SHARE')),
    omit: JSON.parse(env('RESERVOIR_OMIT')) as string[],
    random: Math.random,
    clock: Date.now,
    unitOf: (tenant, requestId) => decisions.unitOf(tenant, requestId),
    onUnmatched: (omitted, { tenant, model, version }) =>
      log.warn('capture.omit names no feature of a version', { tenant, model, version, omitted }),
    onLost: (rows) => count({ Fleet: 'All' }, { ReservoirRowsLost: rows }),
  });
}
