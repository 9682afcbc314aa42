import type { ProcessInvocations } from '#aws/invocation-counters.ts';
import { Cumulative } from './cumulative.ts';

/** Invocations of one process in one hour. */
export class InvocationCount {
  readonly hour: number;
  readonly state: Cumulative;
  #invocations = 0;

  constructor(
    put: (counted: ProcessInvocations) => Promise<void>,
    { hour, process }: Pick<ProcessInvocations, 'hour' | 'process'>,
  ) {
    this.hour = hour;
    this.state = new Cumulative(() => put({ hour, process, invocations: this.#invocations }));
  }

  add(): void {
    this.#invocations += 1;
    this.state.grew(1);
  }
}
