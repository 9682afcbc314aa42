import { readSync, writeFileSync, writeSync } from 'node:fs';
import { type ModelSession, openModel } from '../model-session.ts';
import { decodeBody, encodeFrame, type Frame, PREFIX_BYTES, readPrefix } from './frame.ts';

/**
 * Entry of the process that a candidate runs in: opens the model that its argument names, then
 * answers one question after the other, and ends when its parent does.
 */

/** Not standard output, where a library may print. Its reads and writes block. */
const CHANNEL = 3;

async function main(modelPath: string): Promise<void> {
  sacrifice();
  const session = await opened(modelPath);
  if (!session) return;
  for (let question = receive(); question; question = receive()) {
    send(await answered(session, question));
  }
}

/** Where memory runs out, Linux ends this process before the one that serves. */
function sacrifice(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Only Linux has it.
  }
}

async function opened(modelPath: string): Promise<ModelSession | undefined> {
  try {
    const session = await openModel(modelPath);
    send({ message: { kind: 'opened' }, tensors: [] });
    return session;
  } catch (error) {
    send(refusal(error));
    return undefined;
  }
}

async function answered(session: ModelSession, { message, tensors }: Frame): Promise<Frame> {
  try {
    const outputs = message.kind === 'run' ? message.outputs : [];
    const { outputs: answers, ms } = await session.run(tensors, outputs);
    return { message: { kind: 'answered', ms }, tensors: [...answers.values()] };
  } catch (error) {
    return refusal(error);
  }
}

const refusal = (error: unknown): Frame => ({
  message: { kind: 'refused', said: error instanceof Error ? error.message : String(error) },
  tensors: [],
});

function receive(): Frame | undefined {
  const prefix = filled(new ArrayBuffer(PREFIX_BYTES));
  if (!prefix) return undefined;
  const { bodyBytes, headerBytes } = readPrefix(Buffer.from(prefix));
  const body = filled(new ArrayBuffer(bodyBytes));
  return body && decodeBody(body, headerBytes);
}

/** Undefined at the end of the channel. */
function filled(memory: ArrayBuffer): ArrayBuffer | undefined {
  const bytes = new Uint8Array(memory);
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(CHANNEL, bytes, at, bytes.length - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return memory;
}

function send(frame: Frame): void {
  const bytes = Buffer.concat(pieces(frame));
  for (let at = 0; at < bytes.length; ) at += writeSync(CHANNEL, bytes, at);
}

/** An answer that is too large for a frame is told of instead. */
function pieces(frame: Frame): readonly Uint8Array[] {
  try {
    return encodeFrame(frame);
  } catch (error) {
    return encodeFrame(refusal(error));
  }
}

await main(process.argv[2] ?? '');
