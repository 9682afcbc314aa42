import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Cloud, up } from '../../../local/cloud.ts';
import { Assay } from '../../../local/demo/assay.ts';
import { settlePeople } from '../../../local/people.ts';

/** What the tests know of the cloud they run against. */
export interface E2eCloud {
  readonly endpoint: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly password: string;
  readonly folder: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    cloud: E2eCloud;
  }
}

/** A local cloud of the tests' own, beside the user's; it is stopped when they end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cloud: Cloud = await up({
    home: process.env.ASSAY_E2E_HOME ?? '.local/e2e',
    port: 0,
    iam: true,
  });
  const password = await settlePeople(cloud);
  await allowExamples(new Assay(cloud, password), cloud.folder);
  project.provide('cloud', {
    endpoint: cloud.endpoint,
    outputs: { ...cloud.outputs.Assay, ...cloud.outputs.AssayMonitoring },
    password,
    folder: cloud.folder,
  });
  return () => cloud.down();
}

/**
 * The examples' training data are few and old, and most tests are not about rollouts: two admins
 * let them do for the whole tenant, without trials.
 */
async function allowExamples(assay: Assay, folder: string): Promise<void> {
  const example = JSON.parse(readFileSync('examples/breast-cancer/policy.json', 'utf8'));
  const file = join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify({ ...example, rollout: { trial: false } }));
  const codes: number[] = [];
  for (const admin of ['admin-1', 'admin-2']) {
    await assay.login(admin);
    codes.push((await assay.ask(admin, 'policy', 'set', '--file', file)).code);
  }
  if (codes.at(-1) !== 0) throw new Error(`setting the policy ended with ${codes.join(', ')}`);
}
