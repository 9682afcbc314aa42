import { Logger } from '@aws-lambda-powertools/logger';
import type * as z from 'zod/mini';

const log = new Logger({ serviceName: 'assay' });

/**
 * Turns a pure-edged function into a Lambda handler: parses the event, logs one line with what
 * was decided, and lets errors through, for Step Functions to route.
 * `wire` runs once per sandbox, on the first event.
 */
export function entry<In, Out>(
  Input: z.ZodMiniType<In>,
  wire: () => (input: In) => Promise<Out>,
): (event: unknown) => Promise<Out> {
  let run: ((input: In) => Promise<Out>) | undefined;
  return async (event) => {
    const input = Input.parse(event);
    log.resetKeys();
    log.appendKeys(subjectOf(input));
    run ??= wire();
    const output = await run(input);
    log.info('decided', { output });
    return output;
  };
}

/** Whom the log line is about; an event that is not about a version names nobody. */
function subjectOf(input: unknown): Record<string, unknown> {
  const { release, rollout, rollback } = (input ?? {}) as Record<string, About | undefined>;
  const about = release ?? rollout ?? rollback;
  if (!about) return {};
  const { tenant, model, version, digest, execution } = about;
  return { tenant, model, version, digest, execution };
}

type About = Readonly<Record<string, unknown>>;
