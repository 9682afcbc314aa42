import { Logger } from '@aws-lambda-powertools/logger';
import { optionalEnv } from '../env.ts';
import { askForShutdownNotice } from './shutdown-notice.ts';

/** What counts in memory and writes now and then. */
interface Counting {
  /** Writes all that waits; never rejects. */
  closed(): Promise<unknown>;
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

/** Ends the process at SIGTERM as soon as all is written; Lambda waits 500 ms for it. */
export function closeAtShutdown(...all: readonly Counting[]): void {
  process.once('SIGTERM', () => {
    void Promise.all(all.map((one) => one.closed())).finally(() => process.exit(0));
  });
}
