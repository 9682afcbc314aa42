import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';

/** Which person each principal belongs to. */
export class People extends Construct {
  readonly mapPerson: AssayFunction;

  constructor(scope: Construct, id: string, { data }: { readonly data: DataStack }) {
    super(scope, id);
    this.mapPerson = new AssayFunction(this, 'MapPerson', {
      room: 'access',
      description: 'Says which person a principal belongs to',
      timeout: Duration.seconds(30),
      environment: { REGISTRY_TABLE: data.registry.table.tableName },
    });
    data.registry.grantWrite(this.mapPerson, 'people');
  }
}
