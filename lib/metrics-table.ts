import { Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';
import { removalPolicy } from './removal-policy.ts';
import { grantTableKey, leadingKeys, READ_KEY, WRITE_KEY } from './table-grants.ts';

export interface MetricsTableProps {
  readonly key: Key;
  readonly retain: boolean;
  readonly deletionProtection: boolean;
}

/** Partitions that a function may read or write, as patterns of `dynamodb:LeadingKeys`. */
const PARTITIONS = {
  traffic: 'T#*#C#*',
  outcomes: 'T#*#O#*',
  truths: 'T#*#G#*',
  seen: 'T#*#H#*',
  invocations: 'F#INVOCATIONS',
  reports: 'T#*#K#*',
  asked: 'T#*#A#*',
} as const;
type Partition = keyof typeof PARTITIONS;

/**
 * What traffic has shown, until it expires: evidence for those who judge, and nothing that is true
 * of itself. Nobody may delete from it or scan it.
 */
export class MetricsTable extends Construct {
  readonly table: ITableV2;
  readonly #key: Key;

  constructor(scope: Construct, id: string, props: MetricsTableProps) {
    super(scope, id);
    this.#key = props.key;
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.customerManagedKey(props.key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection,
      removalPolicy: removalPolicy(props),
    });
  }

  /** Lets `fn` overwrite counters of processes, and read nothing. */
  grantCount(fn: AssayFunction): void {
    this.#grant(fn, ['dynamodb:PutItem'], PARTITIONS.traffic);
    this.#grantKey(fn, [...READ_KEY, ...WRITE_KEY]);
  }

  /** Lets `fn` overwrite what its processes saw of versions and of themselves, and read nothing. */
  grantCapture(fn: AssayFunction): void {
    this.#grant(fn, ['dynamodb:PutItem'], PARTITIONS.seen, PARTITIONS.invocations);
    this.#grantKey(fn, [...READ_KEY, ...WRITE_KEY]);
  }

  /** Lets `fn` keep what processes saw together; to read it, it needs `grantRead` too. */
  grantRollUp(fn: AssayFunction): void {
    this.#grant(fn, ['dynamodb:PutItem'], PARTITIONS.seen);
    this.#grantKey(fn, [...READ_KEY, ...WRITE_KEY]);
  }

  /** Lets `fn` add outcomes of decisions and what came true of answers, and read nothing. */
  grantOutcomes(fn: AssayFunction): void {
    this.#grant(
      fn,
      ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
      PARTITIONS.outcomes,
      PARTITIONS.truths,
    );
    this.#grantKey(fn, [...READ_KEY, ...WRITE_KEY]);
  }

  /** Lets `fn` read the named partitions, and no others. */
  grantRead(fn: AssayFunction, first: Partition, ...others: Partition[]): void {
    const patterns = [first, ...others].map((name) => PARTITIONS[name]);
    this.#grant(fn, ['dynamodb:Query'], ...patterns);
    this.#grantKey(fn, READ_KEY);
  }

  /** Lets `fn` write down which checks were asked for, and read nothing. */
  grantAskOnce(fn: AssayFunction): void {
    this.#grant(fn, ['dynamodb:PutItem'], PARTITIONS.asked);
    this.#grantKey(fn, [...READ_KEY, ...WRITE_KEY]);
  }

  /** Lets `fn` put drift reports into their index; to read it, it needs `grantRead` too. */
  grantKeepReports(fn: AssayFunction): void {
    this.#grant(fn, ['dynamodb:PutItem'], PARTITIONS.reports);
    this.#grantKey(fn, [...READ_KEY, ...WRITE_KEY]);
  }

  #grant(fn: AssayFunction, actions: string[], ...patterns: string[]): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions,
        resources: [this.table.tableArn],
        conditions: leadingKeys(patterns),
      }),
    );
    fn.addEnvironment('METRICS_TABLE', this.table.tableName);
  }

  #grantKey(fn: AssayFunction, actions: readonly string[]): void {
    grantTableKey(this.#key, Stack.of(this), fn, actions);
  }
}
