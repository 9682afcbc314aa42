import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AssayStack } from '../lib/assay-stack.ts';
import { readConfig } from '../lib/config.ts';
import { DataStack } from '../lib/data-stack.ts';
import { MonitoringStack } from '../lib/monitoring-stack.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

const config = readConfig(app.node.tryGetContext('config'));
const env = {
  account: config.env.account ?? process.env.CDK_DEFAULT_ACCOUNT,
  region: config.env.region ?? process.env.CDK_DEFAULT_REGION,
};
const data = new DataStack(app, 'AssayData', { config, env });
const assay = new AssayStack(app, 'Assay', { config, data, env });
new MonitoringStack(app, 'AssayMonitoring', { config, data, assay, env });
