import { SFNClient } from '@aws-sdk/client-sfn';
import { hashOf } from '#domain/registry/canonical.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { Executions, FAILED } from './executions.ts';

/** Executions that may end without a rollout, where versions are not let begin, before it is a fault. */
const ATTEMPTS = 20;

/** 48 bits of a hash: names that differ by it alone are about one version of one model. */
const HASH_CHARACTERS = 12;

/** The longest name that Step Functions takes. */
const MAX_NAME = 80;

/** The state machine that rolls out, as people start it. */
export class RolloutMachine {
  readonly #executions: Executions;

  constructor(arn: string, sfn = new SFNClient({})) {
    this.#executions = new Executions(arn, sfn);
  }

  /**
   * Starts a rollout; `known` where one of this version that began after the same rollout runs: a
   * second one would wait for the end of the first, and then begin unasked.
   * @param after id of the model's last rollout.
   * @throws Error when all attempts ended without a rollout, and what Step Functions throws.
   */
  start(rollout: RolloutRef, after: string | undefined): Promise<'started' | 'known'> {
    return this.#executions.startOnce({
      nameOf: (attempt) => nameOf(rollout, after, attempt),
      attempts: ATTEMPTS,
      input: { rollout },
      // One that could not begin has ended well.
      again: [...FAILED, 'SUCCEEDED'],
    });
  }
}

/** The hash keeps those apart that would read alike: a dash may be anybody's. */
function nameOf(
  { tenant, model, version, digest }: RolloutRef,
  after: string | undefined,
  attempt: number,
): string {
  const hash = hashOf([tenant, model, digest, after ?? null]).slice(0, HASH_CHARACTERS);
  const tail = `-${hash}-${attempt}`;
  const head = `${tenant}-${model}-${version}`.replace(/[^A-Za-z0-9_-]/g, '_');
  return head.slice(0, MAX_NAME - tail.length) + tail;
}
