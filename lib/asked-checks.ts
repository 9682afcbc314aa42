import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import { CheckQueue } from './check-queue.ts';
import type { Config } from './config.ts';
import type { DataStack } from './data-stack.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface AskedChecksProps {
  readonly config: Config;
  readonly data: DataStack;
  readonly deadLetters: DeadLetters;
}

/** Checks of models that people ask for, apart from the sweep's: however many, those are made in time. */
export class AskedChecks extends Construct {
  readonly queue: CheckQueue;
  readonly #props: AskedChecksProps;

  constructor(scope: Construct, id: string, props: AskedChecksProps) {
    super(scope, id);
    this.#props = props;
    this.queue = new CheckQueue(this, 'Queue', props.deadLetters, 'AskedChecks');
  }

  /** Lets `fn` ask for checks of models in the name of people, and tell which are overdue. */
  grantAsk(fn: AssayFunction): void {
    const { config, data } = this.#props;
    fn.addEnvironment('TICK_MINUTES', String(config.monitoring.tickMinutes));
    this.queue.grantAsk(fn);
    data.metrics.grantAskOnce(fn);
  }
}
