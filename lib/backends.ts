import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { AssayFunction } from './assay-function.ts';
import type { Config } from './config.ts';

/** Lets `fn` ask the servers that the deployment names for versions that run there, and no others. */
export function grantBackends(
  fn: AssayFunction,
  { hosts, secrets, endpoints }: Config['backends'],
): void {
  if (hosts.length > 0) fn.addEnvironment('BACKEND_HOSTS', hosts.join(','));
  if (secrets.length > 0) {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets }),
    );
  }
  if (endpoints.length > 0) {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['sagemaker:InvokeEndpoint'],
        resources: endpoints.map((name) =>
          Stack.of(fn).formatArn({
            service: 'sagemaker',
            resource: 'endpoint',
            resourceName: name.toLowerCase(),
          }),
        ),
      }),
    );
  }
}
