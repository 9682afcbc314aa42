import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Functions of the control plane stay below this, so that they start fast. Bytes. */
const LIMIT = 700_000;

/**
 * Prints the size of each function's minified bundle, from the last synthesis of the local
 * cloud: `npm run local:up`, then `npx tsx bench/bundle-sizes.ts`.
 */
const assembly = process.argv[2] ?? '.local/cdk.out';
const resources = ['Assay', 'AssayMonitoring'].flatMap((stack) => {
  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), 'utf8')) as {
    Resources: Record<
      string,
      { Type: string; Metadata?: Record<string, string>; Properties: { Layers?: unknown[] } }
    >;
  };
  return Object.values(template.Resources);
});

const sizes = resources
  .filter(({ Type }) => Type === 'AWS::Lambda::Function')
  .map(({ Metadata = {}, Properties }) => {
    const asset = join(assembly, Metadata['aws:asset:path'] ?? '');
    return {
      name: Metadata['aws:cdk:path']?.split('/').at(-2) ?? '?',
      bundle: statSync(join(asset, 'index.mjs')).size,
      onnxRuntime: (Properties.Layers ?? []).length > 0,
    };
  })
  .sort((a, b) => b.bundle - a.bundle);

console.log('| function | bundle, bytes | over 700,000 | ONNX Runtime |');
console.log('|---|---:|---|---|');
for (const { name, bundle, onnxRuntime } of sizes) {
  const over = bundle > LIMIT ? 'yes' : '';
  console.log(
    `| ${name} | ${bundle.toLocaleString('en')} | ${over} | ${onnxRuntime ? 'yes' : ''} |`,
  );
}
