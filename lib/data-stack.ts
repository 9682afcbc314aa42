import { Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { ArtifactBucket } from './artifact-bucket.ts';
import type { Config } from './config.ts';
import { DataBucket } from './data-bucket.ts';
import { DerivationKey } from './derivation-key.ts';
import { EvidenceBucket } from './evidence-bucket.ts';
import { LogBucket } from './log-bucket.ts';
import { MetricsTable } from './metrics-table.ts';
import { RegistryTable } from './registry-table.ts';
import { removalPolicy } from './removal-policy.ts';
import { SigningKey } from './signing-key.ts';
import { Users } from './users.ts';

export interface DataStackProps extends StackProps {
  readonly config: Config;
}

/** Everything that must outlive a deployment: buckets, tables, users and the keys. */
export class DataStack extends Stack {
  readonly artifacts: ArtifactBucket;
  readonly evidence: EvidenceBucket;
  /** Advisories, and what comes of running: nothing that has to be kept. */
  readonly data: DataBucket;
  readonly registry: RegistryTable;
  /** What traffic has shown, until it expires. */
  readonly metrics: MetricsTable;
  /** Signs artifacts' digests. */
  readonly artifactKey: SigningKey;
  /** Signs attestations and admissions. */
  readonly attestationKey: SigningKey;
  /** Gives each tenant keys for its decisions and its cache. */
  readonly derivationKey: DerivationKey;
  readonly users: Users;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, props);
    const { retainData: retain, deletionProtection } = config;
    const key = new Key(this, 'DataKey', {
      description: 'Encrypts the buckets and the tables of Assay',
      enableKeyRotation: true,
      // As long as the tables: without it nobody could read one that stayed.
      removalPolicy: removalPolicy({ retain, deletionProtection }),
    });
    const { bucket: accessLogs } = new LogBucket(this, 'AccessLogs', retain);
    this.artifacts = new ArtifactBucket(this, 'Artifacts', {
      key,
      retain,
      accessLogs,
      accessLogPrefix: 'artifacts/',
    });
    this.evidence = new EvidenceBucket(this, 'Evidence', {
      key,
      retain,
      accessLogs,
      accessLogPrefix: 'evidence/',
      retention: config.evidenceRetention,
    });
    this.data = new DataBucket(this, 'Data', {
      key,
      retain,
      accessLogs,
      accessLogPrefix: 'data/',
    });
    this.registry = new RegistryTable(this, 'Registry', {
      key,
      retain,
      deletionProtection,
    });
    this.metrics = new MetricsTable(this, 'Metrics', {
      key,
      retain,
      deletionProtection,
    });
    this.artifactKey = new SigningKey(this, 'ArtifactKey', {
      description: 'Signs the digests of model artifacts (OpenSSF Model Signing)',
      retain,
    });
    this.attestationKey = new SigningKey(this, 'AttestationKey', {
      description: 'Signs attestations and admissions of model versions',
      retain,
    });
    this.derivationKey = new DerivationKey(this, 'DerivationKey', { retain });
    this.users = new Users(this, 'Users', { retain, deletionProtection });
    // For the reservoir, configured or not: no export can go in the deployment that its import goes in.
    this.exportValue(this.data.bucket.bucketArn);
  }
}
