import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type ExperimentRef, executionName } from '#domain/experiments/experiment-ref.ts';

/** The state machine that looks at experiments. */
export class ExperimentMachine {
  readonly #arn: string;
  readonly #sfn: SFNClient;

  constructor(arn: string, sfn = new SFNClient({})) {
    this.#arn = arn;
    this.#sfn = sfn;
  }

  /**
   * Starts an execution that takes the experiment over and looks at it, once for each reason.
   * @param why as `executionName` takes it.
   */
  async start({ tenant, model, id }: ExperimentRef, why: string): Promise<void> {
    const experiment = { tenant, model, id };
    try {
      await this.#sfn.send(
        new StartExecutionCommand({
          stateMachineArn: this.#arn,
          name: executionName(experiment, why),
          input: JSON.stringify({ experiment }),
        }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }
}
