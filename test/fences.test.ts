import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The rooms of the domain, each above those before it. */
const ROOMS = [
  'registry',
  'signing',
  'audit',
  'access',
  'gates',
  'rollout',
  'serving',
  'experiments',
  'monitoring',
  'training',
];

/** A file, and a module that it wants to import. */
type Import = readonly [file: string, module: string];

const FORBIDDEN: readonly Import[] = [
  ...ROOMS.flatMap((room, i) => [
    ...ROOMS.slice(i + 1).map((above): Import => [`domain/${room}/a.ts`, `#domain/${above}/x.ts`]),
    ...['node:fs', '@aws-sdk/client-s3', 'aws-cdk-lib', '#aws/people.ts', '../gates/x.ts'].map(
      (module): Import => [`domain/${room}/a.ts`, module],
    ),
  ]),
  ...['@aws-sdk/client-s3', '@aws-sdk/lib-dynamodb', 'aws-cdk-lib', 'constructs', 'cdk-nag'].map(
    (module): Import => ['lambdas/gates/a.ts', module],
  ),
  ['lambdas/serving/a.ts', '../../domain/registry/digest.ts'],
  ['lambdas/serving/isolated/a.ts', '@aws-sdk/client-s3'],
  ['lambdas/gates/privacy/a.ts', 'aws-cdk-lib'],
  ['lambdas/api/a.ts', '../../lib/config.ts'],
  ['lambdas/api/a.ts', '../../cli/main.ts'],
  ['lambdas/api/a.ts', '../../local/cloud.ts'],
  ['lambdas/aws/a.ts', 'aws-cdk-lib'],
  ['lambdas/aws/a.ts', 'aws-cdk-lib/aws-s3'],
  ['lambdas/aws/a.ts', 'constructs'],
  ['lambdas/aws/a.ts', '../registry/register-version.ts'],
  ['lib/a.ts', '../lambdas/registry/register-version.ts'],
  ['lib/a.ts', '#aws/people.ts'],
  ['lib/a.ts', '@aws-sdk/client-s3'],
  ['lib/a.ts', '../cli/main.ts'],
  ['lib/a.ts', '../local/cloud.ts'],
  ['bin/a.ts', '#domain/registry/digest.ts'],
  ['bin/a.ts', '#aws/people.ts'],
  ['bin/a.ts', '../lambdas/env.ts'],
  ['bin/a.ts', '@aws-sdk/client-s3'],
  ['cli/commands/a.ts', '#aws/people.ts'],
  ['cli/a.ts', '../lambdas/env.ts'],
  ['cli/a.ts', '../lib/config.ts'],
  ['cli/a.ts', 'aws-cdk-lib'],
  ['cli/a.ts', '@aws-sdk/client-dynamodb'],
  ['local/a.ts', '../lib/config.ts'],
  ['local/a.ts', '../lambdas/env.ts'],
  ['local/a.ts', '#aws/people.ts'],
  ['local/a.ts', 'aws-cdk-lib'],
  ['local/demo/a.ts', '../../lambdas/env.ts'],
  ['local/demo/a.ts', '../../lib/config.ts'],
  ['local/demo/a.ts', '../../cli/main.ts'],
  ['cli/commands/a.ts', '../../lambdas/env.ts'],
  ['cli/commands/a.ts', '../../lib/config.ts'],
  ['cli/commands/a.ts', '../../local/cloud.ts'],
  ['lambdas/a.ts', '@aws-sdk/client-s3'],
  ['lambdas/a.ts', 'aws-cdk-lib'],
  ['lambdas/a.ts', '../lib/config.ts'],
];

const ALLOWED: readonly Import[] = [
  ...ROOMS.flatMap((room, i): Import[] => [
    [`domain/${room}/b.ts`, './c.ts'],
    [`domain/${room}/b.ts`, 'zod/mini'],
    ...ROOMS.slice(0, i + 1).map(
      (below): Import => [`domain/${room}/b.ts`, `#domain/${below}/x.ts`],
    ),
  ]),
  ['lambdas/gates/b.ts', '#aws/evidence-bucket.ts'],
  ['lambdas/gates/b.ts', '#domain/gates/verdict.ts'],
  ['lambdas/gates/b.ts', '../env.ts'],
  ['lambdas/aws/b.ts', '@aws-sdk/client-s3'],
  ['lambdas/aws/b.ts', '#domain/registry/digest.ts'],
  ['lib/b.ts', 'aws-cdk-lib'],
  ['lib/b.ts', '#domain/access/person.ts'],
  ['bin/b.ts', '../lib/config.ts'],
  ['cli/b.ts', '@aws-sdk/client-s3'],
  ['cli/b.ts', '#domain/signing/dsse.ts'],
  ['local/b.ts', '@aws-sdk/client-lambda'],
  ['local/b.ts', '#domain/access/person.ts'],
];

/** One file for each import: a house of the same rooms, under the same rules. */
const house = mkdtempSync(join(tmpdir(), 'assay-fences-'));
const placed = [...FORBIDDEN, ...ALLOWED].map(
  ([file, module], i) => [file.replace(/\.ts$/, `-${i}.ts`), module] as const,
);
let refused: ReadonlySet<string>;

beforeAll(() => {
  cpSync(join(ROOT, 'biome.json'), join(house, 'biome.json'));
  for (const [file, module] of placed) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), `import { a } from '${module}';\n\nexport const b = a;\n`);
  }
  refused = new Set(restricted());
});
afterAll(() => rmSync(house, { recursive: true }));

describe('the linter', () => {
  it.each(FORBIDDEN.map((edge, i) => [...edge, i] as const))(
    'keeps %s from importing %s',
    (_file, _module, i) => {
      expect(refused).toContain(placed[i]?.[0]);
    },
  );

  it('lets every room import itself, the rooms below it and its libraries', () => {
    const allowed = placed.slice(FORBIDDEN.length);
    expect(allowed.filter(([file]) => refused.has(file))).toEqual([]);
  });
});

/** Files that Biome's rule on imports complains of. */
function restricted(): string[] {
  const args = [
    'lint',
    '--only=style/noRestrictedImports',
    '--reporter=json',
    '--vcs-enabled=false',
  ];
  const { diagnostics } = JSON.parse(biome([...args, '--max-diagnostics=none', '.'])) as Report;
  return diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location }) => location.path.replace(/^\.\//, ''));
}

function biome(args: readonly string[]): string {
  const options = { cwd: house, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 } as const;
  try {
    return execFileSync(join(ROOT, 'node_modules/.bin/biome'), args, options);
  } catch (error) {
    // Found something: it says so by its exit code too.
    return (error as { stdout: string }).stdout;
  }
}

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}
