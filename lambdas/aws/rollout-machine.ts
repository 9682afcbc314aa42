import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { hashOf } from '#domain/registry/canonical.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';

/** Executions that may end without a rollout, where versions are not let begin, before it is a fault. */
const ATTEMPTS = 20;

/** 48 bits of a hash: names that differ by it alone are about one version of one model. */
const HASH_CHARACTERS = 12;

/** The longest name that Step Functions takes. */
const MAX_NAME = 80;

/** The state machine that rolls out, as people start it. */
export class RolloutMachine {
  readonly #arn: string;
  readonly #sfn: SFNClient;

  constructor(arn: string, sfn = new SFNClient({})) {
    this.#arn = arn;
    this.#sfn = sfn;
  }

  /**
   * Starts a rollout; `known` where one of this version that began after the same rollout runs: a
   * second one would wait for the end of the first, and then begin unasked.
   * @param after id of the model's last rollout.
   */
  async start(rollout: RolloutRef, after: string | undefined): Promise<'started' | 'known'> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const name = nameOf(rollout, after, attempt);
      if (await this.#start(name, rollout)) return 'started';
      if (await this.#runs(name)) return 'known';
    }
    throw new Error(
      `${ATTEMPTS} executions for ${rollout.model}@${rollout.version} ended without a rollout; look at why in the last of them`,
    );
  }

  async #start(name: string, rollout: RolloutRef): Promise<boolean> {
    const input = JSON.stringify({ rollout });
    try {
      await this.#sfn.send(new StartExecutionCommand({ stateMachineArn: this.#arn, name, input }));
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  async #runs(name: string): Promise<boolean> {
    const executionArn = `${this.#arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const { status } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING';
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
