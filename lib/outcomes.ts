import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';

/** Takes what came of decisions: it adds to what trials and running versions are judged by, no more. */
export class Outcomes extends Construct {
  readonly record: AssayFunction;

  constructor(scope: Construct, id: string, { data }: { readonly data: DataStack }) {
    super(scope, id);
    this.record = new AssayFunction(this, 'RecordOutcomes', {
      room: 'serving',
      description: 'Counts outcomes of decisions, each unit once',
      timeout: Duration.seconds(10),
      environment: { REGISTRY_TABLE: data.registry.table.tableName },
    });
    data.registry.grantRead(this.record, 'labels');
    data.metrics.grantOutcomes(this.record);
    data.derivationKey.grantDerive(this.record);
  }
}
