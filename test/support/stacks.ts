import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Environment, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AssayStack } from '../../lib/assay-stack.ts';
import { type Config, readConfig } from '../../lib/config.ts';
import { DataStack } from '../../lib/data-stack.ts';
import { MonitoringStack } from '../../lib/monitoring-stack.ts';

export interface Stacks {
  readonly data: Template;
  readonly assay: Template;
  readonly monitoring: Template;
}

export interface Synthesis {
  readonly config?: Config;
  readonly env?: Environment;
  readonly plugins?: (app: App) => readonly IPolicyValidationPlugin[];
}

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** The switches that `cdk synth` reads, without which constructs behave as they did years ago. */
const { context } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
) as { context: Record<string, unknown> };

/** The app's templates, as `cdk synth` makes them, but without bundling the functions' code. */
export function synthesise({
  config = readConfig(undefined),
  env = { account: ACCOUNT, region: REGION },
  plugins = () => [],
}: Synthesis = {}): Stacks {
  const outdir = mkdtempSync(join(tmpdir(), 'assay-synth-'));
  const app = new App({
    context: {
      ...context,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:enable-path-metadata': true,
    },
    outdir,
  });
  Validations.of(app).addPlugins(...plugins(app));
  const data = new DataStack(app, 'AssayData', { config, env });
  const assay = new AssayStack(app, 'Assay', { config, data, env });
  const monitoring = new MonitoringStack(app, 'AssayMonitoring', { config, data, assay, env });
  try {
    return {
      data: Template.fromStack(data),
      assay: Template.fromStack(assay),
      monitoring: Template.fromStack(monitoring),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

let production: Stacks | undefined;

/** The templates of the default configuration, made once for each process of tests. */
export function productionStacks(): Stacks {
  production ??= synthesise();
  return production;
}

/** Those of the same, of all stacks. */
export const productionTemplates = (): Template[] => Object.values(productionStacks());
