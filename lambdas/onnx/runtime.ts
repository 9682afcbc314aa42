import { createRequire } from 'node:module';

/**
 * ONNX Runtime, which functions have from a layer. By `require`: it looks along NODE_PATH, where
 * layers are, and `import` does not.
 */
const runtime = createRequire(import.meta.url)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

export const { InferenceSession, Tensor } = runtime;
