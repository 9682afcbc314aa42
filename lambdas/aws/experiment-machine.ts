import { SFNClient } from '@aws-sdk/client-sfn';
import { type ExperimentRef, executionName } from '#domain/experiments/experiment-ref.ts';
import { Executions, FAILED } from './executions.ts';

/** Executions that may fail for one reason. */
const ATTEMPTS = 3;

/** The state machine that looks at experiments. */
export class ExperimentMachine {
  readonly #executions: Executions;

  constructor(arn: string, sfn = new SFNClient({})) {
    this.#executions = new Executions(arn, sfn);
  }

  /**
   * Starts an execution that takes the experiment over and looks at it, once for each reason that
   * has not failed.
   * @param why as `executionName` takes it.
   * @throws Error when all attempts failed, and what Step Functions throws.
   */
  async start({ tenant, model, id }: ExperimentRef, why: string): Promise<void> {
    const experiment = { tenant, model, id };
    await this.#executions.startOnce({
      nameOf: (attempt) => executionName(experiment, attempt > 1 ? `${why}-${attempt}` : why),
      attempts: ATTEMPTS,
      input: { experiment },
      again: FAILED,
    });
  }
}
