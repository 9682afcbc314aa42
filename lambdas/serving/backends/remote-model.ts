import type { OutputSpec } from '#domain/registry/io-schema.ts';
import { parseRemoteAnswer, remoteRequestText } from '#domain/serving/remote-inference.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { type CandidateAnswer, type Failed, failed } from '../isolated/candidate-answer.ts';
import { checkedOutputs } from '../isolated/output-failure.ts';

/** As many bytes as an answer of ours may have, and JSON's white space. */
export const MAX_REMOTE_BYTES = 8 * 1024 * 1024;

/** Sends an Open Inference Protocol request and gives the answer's text, or how it failed. */
export type Exchange = (
  body: string,
  deadlineMs: number,
) => Promise<{ readonly ok: true; readonly text: string } | Failed>;

/**
 * A model that another server runs. Like one in a process of its own it answers or fails by the
 * deadline and never throws; what it loads is its operator's to vouch for, not ours.
 */
export class RemoteModel {
  readonly #exchange: Exchange;
  readonly #outputs: readonly OutputSpec[];
  readonly #now: () => number;

  constructor(exchange: Exchange, outputs: readonly OutputSpec[], now = () => performance.now()) {
    this.#exchange = exchange;
    this.#outputs = outputs;
    this.#now = now;
  }

  /** Its time is the exchange's: what the server itself took, nobody here can tell. */
  async run(
    inputs: readonly Tensor[],
    wanted: readonly string[],
    deadlineMs: number,
  ): Promise<CandidateAnswer & { readonly ms?: number }> {
    const startedAt = this.#now();
    const told = await this.#exchange(remoteRequestText(inputs, wanted), deadlineMs);
    if (!told.ok) return told;
    const answer = parseRemoteAnswer(told.text);
    if (!answer.ok) return failed('schema', `its server gave ${answer.reason}`);
    // Some servers give all outputs whatever was asked for.
    const given = answer.outputs
      .filter(({ name }) => wanted.includes(name))
      .map((output) => this.#asDeclared(output));
    const checked = checkedOutputs(this.#outputs, wanted, given);
    return checked.ok ? { ...checked, ms: this.#now() - startedAt } : checked;
  }

  /** MLServer's codecs give a vector as a matrix of one column: the same elements in their order. */
  #asDeclared(output: Tensor): Tensor {
    const declared = this.#outputs.find(({ name }) => name === output.name);
    const [rows = 0, columns] = output.shape;
    const isColumn = output.shape.length === 2 && columns === 1;
    return declared?.shape.length === 1 && isColumn ? { ...output, shape: [rows] } : output;
  }
}
