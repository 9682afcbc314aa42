import { IsolatedModel, type IsolatedModelOptions } from './isolated/isolated-model.ts';
import { openModel } from './model-session.ts';
import { type ServedModel, servedHere } from './served-model.ts';
import type { VouchedVersion } from './vouched-version.ts';

/** A way to open a model file that was verified. */
export interface Opening {
  /**
   * @param bytes that it is expected to take in memory.
   * @throws Error when ONNX Runtime does not open it.
   */
  open(
    path: string,
    vouched: VouchedVersion,
    bytes: number,
  ): Promise<{ readonly value: ServedModel; close(): Promise<void> }>;
}

/** In this process, as versions run that have been in production. */
export const openingHere: Opening = {
  async open(path, { manifest }) {
    const session = await openModel(path);
    return { value: servedHere(session, manifest.io.outputs), close: () => session.close() };
  },
};

const MIB = 1024 * 1024;
/** Above what a model is expected to take: for tensors of one request, and what they turn into. */
const REQUEST_MIB = 512;
/** Of runs that name no deadline. */
const DEADLINE_MS = 10_000;

/**
 * In a process of its own, as versions run that are on trial. One that does not open is opened all
 * the same: its runs fail, and tell why.
 */
export const openingIsolated = (
  options: Pick<IsolatedModelOptions, 'childPath' | 'env' | 'restMs'>,
): Opening => ({
  async open(modelPath, { manifest }, bytes) {
    const model = new IsolatedModel({
      ...options,
      modelPath,
      outputs: manifest.io.outputs,
      memoryMiB: Math.ceil(bytes / MIB) + REQUEST_MIB,
      deadlineMs: DEADLINE_MS,
    });
    await model.start();
    return { value: model, close: () => model.close() };
  },
});
