import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder: where cdk.json and node_modules are. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** One folder that holds all that one local cloud leaves on the disk; removing it removes it all. */
export interface Home {
  readonly folder: string;
  readonly venv: string;
  /** TMPDIR of the server: the unpacked code of its Lambda workers. */
  readonly temporary: string;
  readonly state: string;
  readonly lock: string;
  readonly log: string;
  /** The synthesised app. */
  readonly cloudAssembly: string;
  readonly outputs: string;
}

/** The home at `folder`; by default at ASSAY_LOCAL_HOME, else `.local` in the project. */
export function homeAt(folder = process.env.ASSAY_LOCAL_HOME || resolve(PROJECT, '.local')): Home {
  const root = resolve(folder);
  return {
    folder: root,
    venv: join(root, 'venv'),
    temporary: join(root, 'tmp'),
    state: join(root, 'state.json'),
    lock: join(root, 'lock'),
    log: join(root, 'ministack.log'),
    cloudAssembly: join(root, 'cdk.out'),
    outputs: join(root, 'outputs.json'),
  };
}

/**
 * Makes the folders. The package.json ends the reach of the project's `"type": "module"`:
 * MiniStack's workers are CommonJS and exit at once where Node takes them for modules.
 */
export function makeHome(home: Home): void {
  mkdirSync(home.temporary, { recursive: true });
  writeFileSync(join(home.folder, 'package.json'), '{"type":"commonjs"}\n');
}
