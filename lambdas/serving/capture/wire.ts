import { Logger } from '@aws-lambda-powertools/logger';
import { EvidenceBucket } from '#aws/evidence-bucket.ts';
import { GateResults } from '#aws/gate-results.ts';
import { HourlyCounters } from '#aws/hourly-counters.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ReservoirStream } from '#aws/reservoir-stream.ts';
import { env, optionalEnv } from '../../env.ts';
import { count } from '../../metrics.ts';
import { referenceProfileOf } from '../../monitoring/reference-profile-of.ts';
import type { Decisions } from '../decisions.ts';
import { Capture } from './capture.ts';
import { Reservoir } from './reservoir.ts';
import { askForShutdownNotice } from './shutdown-notice.ts';

/** Counts what production answers, and keeps a sample of rows where the deployment wants one. */
export function capturing(
  decisions: Pick<Decisions, 'unitOf'>,
  log: Pick<Logger, 'warn'>,
): Capture {
  const results = new GateResults(new RegistryTable(env('REGISTRY_TABLE')));
  const evidence = new EvidenceBucket(env('EVIDENCE_BUCKET'));
  const capture = new Capture({
    counters: new HourlyCounters(env('METRICS_TABLE')),
    readProfile: (version) => referenceProfileOf({ results, evidence }, version),
    clock: Date.now,
    reservoir: reservoir(decisions, log),
    onDropped: (hours) => count({ Fleet: 'All' }, { CaptureDropped: hours }),
  });
  process.once('SIGTERM', () => void capture.closed().finally(() => process.exit(0)));
  return capture;
}

/** Has Lambda send SIGTERM before it ends this process; to be awaited while the function initializes. */
export async function noticeOfShutdown(): Promise<void> {
  const api = optionalEnv('AWS_LAMBDA_RUNTIME_API');
  if (api === undefined) return;
  await askForShutdownNotice(api).catch((error: unknown) => {
    const what = 'counts that wait to be written will be lost when this sandbox ends';
    new Logger({ serviceName: 'assay' }).warn(what, { error });
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
