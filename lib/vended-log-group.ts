import { Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * The name of a log group that a service itself writes to. Under any other prefix each group takes
 * up room in the one policy of CloudWatch Logs that services write by, which ends at 5,120 characters
 * for all of the account's: docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html.
 */
export const vendedLogGroup = (owner: Construct, service: 'apis' | 'states'): string =>
  `/aws/vendedlogs/${service}/${Names.uniqueResourceName(owner, { separator: '-' })}`;
