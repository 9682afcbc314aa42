import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AssayFunction } from './assay-function.ts';
import type { DataStack } from './data-stack.ts';

/** Makes the functions that a release invokes, which all know where its records lie. */
export class ReleaseTasks {
  readonly #scope: Construct;
  readonly #data: DataStack;
  readonly #environment: Record<string, string>;

  constructor(scope: Construct, data: DataStack) {
    this.#scope = scope;
    this.#data = data;
    this.#environment = {
      REGISTRY_TABLE: data.registry.table.tableName,
      ARTIFACT_BUCKET: data.artifacts.bucket.bucketName,
      EVIDENCE_BUCKET: data.evidence.bucket.bucketName,
    };
  }

  /** Gates read the version's evidence, and add their own result to it. */
  gate(id: string, props: TaskProps): AssayFunction {
    const { evidence, registry } = this.#data;
    const gate = this.task(id, 'gates', props);
    evidence.grantRead(gate, 'versions/', 'policies/');
    evidence.grantAdd(gate, 'versions/*/gates/*');
    registry.grantReadWrite(gate, 'versions');
    return gate;
  }

  task(id: string, room: string, { environment, ...props }: TaskProps): AssayFunction {
    return new AssayFunction(this.#scope, id, {
      room,
      timeout: Duration.minutes(1),
      environment: { ...this.#environment, ...environment },
      ...props,
    });
  }
}

type TaskProps = Omit<ConstructorParameters<typeof AssayFunction>[2], 'room' | 'timeout'> & {
  readonly timeout?: Duration;
};
