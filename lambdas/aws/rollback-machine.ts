import { SFNClient } from '@aws-sdk/client-sfn';
import { executionName, type RollbackRequest } from '#domain/rollout/rollback-request.ts';
import { Executions, FAILED } from './executions.ts';

/** Rollbacks that may fail before the same harm is no longer worth another try. */
const ATTEMPTS = 3;

/** The state machine that rolls back. */
export class RollbackMachine {
  readonly #executions: Executions;

  constructor(arn: string, sfn = new SFNClient({})) {
    this.#executions = new Executions(arn, sfn);
  }

  /**
   * Starts a rollback, unless the same harm has started one that runs, or went well.
   * @throws Error when all attempts failed, and what Step Functions throws.
   */
  request(rollback: RollbackRequest): Promise<'started' | 'known'> {
    return this.#executions.startOnce({
      nameOf: (attempt) => executionName(rollback, attempt),
      attempts: ATTEMPTS,
      input: { rollback },
      again: FAILED,
    });
  }
}
