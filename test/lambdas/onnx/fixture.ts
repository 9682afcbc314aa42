import { fileURLToPath } from 'node:url';

/** Path of a model that fixtures/make_models.py wrote. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.onnx`, import.meta.url));
