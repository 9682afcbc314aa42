import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Architecture, Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const ID = 'OnnxRuntime';

/** What of the packages Lambda can load: 46 of 288 MB. */
const PARTS = [
  'onnxruntime-common/dist/cjs',
  'onnxruntime-common/package.json',
  'onnxruntime-node/dist',
  'onnxruntime-node/package.json',
  'onnxruntime-node/bin/napi-v6/linux/x64',
];

/** The stack's one layer with ONNX Runtime, for all functions that open models. */
export function onnxLayer(scope: Construct): LayerVersion {
  const stack = Stack.of(scope);
  const made = stack.node.tryFindChild(ID) as LayerVersion | undefined;
  return (
    made ??
    new LayerVersion(stack, ID, {
      description: 'ONNX Runtime for Node.js on Linux',
      compatibleArchitectures: [Architecture.X86_64],
      removalPolicy: RemovalPolicy.DESTROY,
      // The folder is read only where bundling is left out; what is deployed is what gets bundled.
      code: Code.fromAsset(`${MODULES}/onnxruntime-common`, {
        assetHashType: AssetHashType.OUTPUT,
        bundling: {
          // Never run: the files are copied as they are.
          image: DockerImage.fromRegistry('scratch'),
          local: {
            tryBundle: (output) => {
              for (const part of PARTS) {
                const target = `${output}/nodejs/node_modules/${part}`;
                cpSync(`${MODULES}/${part}`, target, { recursive: true });
              }
              return true;
            },
          },
        },
      }),
    })
  );
}
