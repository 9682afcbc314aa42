import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITableV2,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { grantTableKey, leadingKeys, READ_KEY, WRITE_KEY } from './table-grants.ts';

export interface RegistryTableProps {
  readonly key: Key;
  readonly retain: boolean;
  readonly deletionProtection: boolean;
}

/** Partitions that a function may read or write, as patterns of `dynamodb:LeadingKeys`. */
const PARTITIONS = {
  versions: 'T#*#M#*',
  digests: 'T#*#SHA#*',
  lineage: 'T#*#N#*',
  claims: 'T#*#REL#*',
  approvals: 'T#*#AP#*',
  routes: 'T#*#R#*',
  rollouts: 'T#*#RO#*',
  rollbacks: 'T#*#RB#*',
  experiments: 'T#*#X#*',
  policies: 'T#*#P#*',
  reevaluations: 'T#*#D#*',
  monitoring: 'T#*#MO#*',
  people: 'PERSON#*',
} as const;
type Partition = keyof typeof PARTITIONS;

/** Every transaction carries its audit entry. */
const OUTBOX = 'AUD#*';

/** The single table that says what is true. Nobody may delete from it or scan it. */
export class RegistryTable extends Construct {
  readonly table: ITableV2;
  readonly #key: Key;

  constructor(scope: Construct, id: string, props: RegistryTableProps) {
    super(scope, id);
    this.#key = props.key;
    const text = (name: string) => ({ name, type: AttributeType.STRING });
    this.table = new TableV2(this, 'Table', {
      partitionKey: text('PK'),
      sortKey: text('SK'),
      globalSecondaryIndexes: [
        { indexName: 'byState', partitionKey: text('G1PK'), sortKey: text('G1SK') },
        { indexName: 'byType', partitionKey: text('G2PK'), sortKey: text('G2SK') },
      ],
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      encryption: TableEncryptionV2.customerManagedKey(props.key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection,
      removalPolicy: props.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  /** Lets `grantee` read everything. */
  grantRead(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
        resources: [
          this.table.tableArn,
          `${this.table.tableArn}/index/byState`,
          `${this.table.tableArn}/index/byType`,
        ],
      }),
    );
    this.#grantKey(grantee, READ_KEY);
  }

  /** Lets `grantee` read the named partitions by their items' own keys, and nothing else. */
  grantReadOf(grantee: IGrantable, ...partitions: Partition[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:Query'],
        resources: [this.table.tableArn],
        conditions: leadingKeys(partitions.map((name) => PARTITIONS[name])),
      }),
    );
    this.#grantKey(grantee, READ_KEY);
  }

  /** Lets `grantee` read everything, and write the named partitions and the audit outbox. */
  grantWrite(grantee: IGrantable, ...partitions: Partition[]): void {
    this.grantRead(grantee);
    this.#grantWrite(
      grantee,
      partitions.map((name) => PARTITIONS[name]),
    );
  }

  /** Lets `grantee` make its transactions depend on the named partitions, which it cannot write. */
  grantCheck(grantee: IGrantable, ...partitions: Partition[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:ConditionCheckItem'],
        resources: [this.table.tableArn],
        conditions: leadingKeys(partitions.map((name) => PARTITIONS[name])),
      }),
    );
  }

  /** Lets `grantee` say whose the sessions of `role` are, and those of no other principal. */
  grantMapSessions(grantee: IGrantable, role: IRole & { readonly roleId: string }): void {
    this.#grantWrite(grantee, [`PERSON#${role.roleId}:*`]);
  }

  #grantWrite(grantee: IGrantable, partitions: readonly string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: [this.table.tableArn],
        conditions: leadingKeys([...partitions, OUTBOX]),
      }),
    );
    this.#grantKey(grantee, WRITE_KEY);
  }

  #grantKey(grantee: IGrantable, actions: readonly string[]): void {
    grantTableKey(this.#key, Stack.of(this), grantee, actions);
  }
}
