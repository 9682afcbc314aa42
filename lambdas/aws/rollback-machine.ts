import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { executionName, type RollbackRequest } from '#domain/rollout/rollback-request.ts';

/** Executions of one name that may fail before no other is started for the same harm. */
const ATTEMPTS = 3;

/** Ended without having rolled back: the same harm may be worth another try. */
const FAILED: ReadonlySet<string | undefined> = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/** The state machine that rolls back. */
export class RollbackMachine {
  readonly #arn: string;
  readonly #sfn: SFNClient;

  constructor(arn: string, sfn = new SFNClient({})) {
    this.#arn = arn;
    this.#sfn = sfn;
  }

  /**
   * Starts a rollback, unless the same harm has started one that runs, or went well.
   * @throws what Step Functions throws: then nobody knows of the request, and it is made again.
   */
  async request(rollback: RollbackRequest): Promise<'started' | 'known'> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const name = executionName(rollback, attempt);
      if (await this.#start(name, rollback)) return 'started';
      if (!(await this.#failed(name))) return 'known';
    }
    return 'known';
  }

  async #start(name: string, rollback: RollbackRequest): Promise<boolean> {
    const input = JSON.stringify({ rollback });
    try {
      await this.#sfn.send(new StartExecutionCommand({ stateMachineArn: this.#arn, name, input }));
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  async #failed(name: string): Promise<boolean> {
    const executionArn = `${this.#arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const { status } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
    return FAILED.has(status);
  }
}
