import type { TestProject } from 'vitest/node';
import { type Cloud, up } from '../../../local/cloud.ts';
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
  project.provide('cloud', {
    endpoint: cloud.endpoint,
    outputs: cloud.outputs.Assay ?? {},
    password,
    folder: cloud.folder,
  });
  return () => cloud.down();
}
