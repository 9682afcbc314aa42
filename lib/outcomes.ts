import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';

/** Takes what came of decisions: it can add to the sums that trials are judged by, and no more. */
export class Outcomes extends Construct {
  readonly record: AssayFunction;

  constructor(scope: Construct, id: string, { data }: { readonly data: DataStack }) {
    super(scope, id);
    this.record = new AssayFunction(this, 'RecordOutcomes', {
      room: 'serving',
      description: 'Counts outcomes of decisions, each unit of a trial once',
      timeout: Duration.seconds(10),
    });
    data.metrics.grantOutcomes(this.record);
    data.derivationKey.grantDerive(this.record);
  }
}
