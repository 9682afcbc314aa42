import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type ExecutionStatus,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

/** Ended without having done what it was started for. */
export const FAILED: readonly ExecutionStatus[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

export interface Start {
  /** What one wish is called at each attempt, so that its repetition starts nothing twice. */
  readonly nameOf: (attempt: number) => string;
  readonly attempts: number;
  readonly input: object;
  /** States of an execution that another attempt may follow. */
  readonly again: readonly ExecutionStatus[];
}

/** Executions of one state machine. */
export class Executions {
  readonly #arn: string;
  readonly #sfn: SFNClient;

  constructor(arn: string, sfn: SFNClient) {
    this.#arn = arn;
    this.#sfn = sfn;
  }

  /**
   * Starts an execution; `known` where one for the same wish runs, or needs no other.
   * @throws Error when every attempt is used up, and what Step Functions throws: then nothing came
   * of the wish, and whoever has it must hear of that.
   */
  async startOnce({ nameOf, attempts, input, again }: Start): Promise<'started' | 'known'> {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const name = nameOf(attempt);
      if (await this.#start(name, JSON.stringify(input))) return 'started';
      const status = await this.#statusOf(name);
      if (!status || !again.includes(status)) return 'known';
    }
    throw new Error(
      `${attempts} executions came to nothing, the last of them ${nameOf(attempts)}; see why it ended, and start one by hand once that is mended`,
    );
  }

  async #start(name: string, input: string): Promise<boolean> {
    try {
      await this.#sfn.send(new StartExecutionCommand({ stateMachineArn: this.#arn, name, input }));
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  async #statusOf(name: string): Promise<ExecutionStatus | undefined> {
    const executionArn = `${this.#arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const { status } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status;
  }
}
