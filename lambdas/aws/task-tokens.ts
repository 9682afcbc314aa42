import {
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

/** Wakes executions that wait for a callback. A wake-up says "look again" and nothing else. */
export class TaskTokens {
  readonly #sfn: SFNClient;

  constructor(sfn = new SFNClient({})) {
    this.#sfn = sfn;
  }

  /** Whether anybody was waiting; waking twice, or too late, is no fault. */
  async wake(taskToken: string): Promise<'woken' | 'nobody-waits'> {
    try {
      await this.#sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      return 'woken';
    } catch (error) {
      if (
        error instanceof TaskDoesNotExist ||
        error instanceof TaskTimedOut ||
        error instanceof InvalidToken
      ) {
        return 'nobody-waits';
      }
      throw error;
    }
  }
}
