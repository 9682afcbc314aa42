import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AssayStack } from '../lib/assay-stack.ts';
import { readConfig } from '../lib/config.ts';
import { DataStack } from '../lib/data-stack.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

const config = readConfig(app.node.tryGetContext('config'));
const env = {
  account: config.env.account ?? process.env.CDK_DEFAULT_ACCOUNT,
  region: config.env.region ?? process.env.CDK_DEFAULT_REGION,
};
const data = new DataStack(app, 'AssayData', { config, env });
new AssayStack(app, 'Assay', { config, data, env });
