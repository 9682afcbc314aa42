import { Stack } from 'aws-cdk-lib';
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
import { ROUTE_INDEX } from '#domain/registry/keys.ts';
import { removalPolicy } from './removal-policy.ts';
import { grantTableKey, leadingKeys, READ_KEY, type Some, WRITE_KEY } from './table-grants.ts';

export interface RegistryTableProps {
  readonly key: Key;
  readonly retain: boolean;
  readonly deletionProtection: boolean;
}

/** Partitions that a function may read, write or check, as patterns of `dynamodb:LeadingKeys`. */
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
  labels: 'T#*#L#*',
  people: 'PERSON#*',
} as const;
type Partition = keyof typeof PARTITIONS;

/** Partitions of the index `byType`, of whose queries the leading key is the index's own. */
const LISTS = {
  models: 'T#*#MODEL#*',
  approvals: 'T#*#APPROVAL#*',
  unwokenApprovals: 'APPROVAL#UNWOKEN',
  routes: ROUTE_INDEX,
} as const;
type List = keyof typeof LISTS;

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
      removalPolicy: removalPolicy(props),
    });
  }

  /** Lets `grantee` read the named partitions by their items' own keys. */
  grantRead(grantee: IGrantable, ...partitions: Some<Partition>): void {
    this.#grant(
      grantee,
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
      partitions.map((name) => PARTITIONS[name]),
    );
    this.#grantKey(grantee, READ_KEY);
  }

  /** Lets `grantee` find items by an index, whole as they are, in the named lists. */
  grantList(grantee: IGrantable, ...lists: Some<List>): void {
    this.#grant(
      grantee,
      ['dynamodb:Query'],
      lists.map((name) => LISTS[name]),
      `${this.table.tableArn}/index/byType`,
    );
    this.#grantKey(grantee, READ_KEY);
  }

  /**
   * Lets `grantee` write the named partitions and the audit outbox, and read neither. Name all that a
   * transaction writes at once: AWS does not say that it compares the keys of each item alone.
   */
  grantWrite(grantee: IGrantable, ...partitions: Some<Partition>): void {
    this.#grantWrite(
      grantee,
      partitions.map((name) => PARTITIONS[name]),
    );
  }

  /** Lets `grantee` read and write the named partitions, and write the audit outbox. */
  grantReadWrite(grantee: IGrantable, ...partitions: Some<Partition>): void {
    this.grantRead(grantee, ...partitions);
    this.grantWrite(grantee, ...partitions);
  }

  /** Lets `grantee` make its transactions depend on the named partitions, which it cannot write. */
  grantCheck(grantee: IGrantable, ...partitions: Some<Partition>): void {
    this.#grant(
      grantee,
      ['dynamodb:ConditionCheckItem'],
      partitions.map((name) => PARTITIONS[name]),
    );
  }

  /** Lets `grantee` say whose the sessions of `role` are, and those of no other principal. */
  grantMapSessions(grantee: IGrantable, role: IRole & { readonly roleId: string }): void {
    this.#grantWrite(grantee, [`PERSON#${role.roleId}:*`]);
  }

  #grantWrite(grantee: IGrantable, patterns: readonly string[]): void {
    this.#grant(grantee, ['dynamodb:PutItem', 'dynamodb:UpdateItem'], [...patterns, OUTBOX]);
    // DynamoDB decrypts what is there before it writes over it.
    this.#grantKey(grantee, [...READ_KEY, ...WRITE_KEY]);
  }

  #grant(
    grantee: IGrantable,
    actions: string[],
    patterns: readonly string[],
    resource = this.table.tableArn,
  ): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions, resources: [resource], conditions: leadingKeys(patterns) }),
    );
  }

  #grantKey(grantee: IGrantable, actions: readonly string[]): void {
    grantTableKey(this.#key, Stack.of(this), grantee, actions);
  }
}
