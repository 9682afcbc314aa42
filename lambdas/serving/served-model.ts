import type { OutputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { type CandidateAnswer, failed } from './isolated/candidate-answer.ts';
import { checkedOutputs } from './isolated/output-failure.ts';
import type { ModelSession } from './model-session.ts';

/** A model opened for requests, wherever it runs: every run answers or fails, and none throws. */
export interface ServedModel {
  /** @param deadlineMs which a model of this process does not keep: it cannot be interrupted. */
  run(
    inputs: readonly Tensor[],
    outputs: readonly string[],
    deadlineMs: number,
  ): Promise<CandidateAnswer>;
}

/** A session of this process; its answers are judged by the rules that a candidate's are. */
export const servedHere = (session: ModelSession, specs: readonly OutputSpec[]): ServedModel => ({
  async run(inputs, outputs) {
    try {
      const { outputs: answers, ms } = await session.run(inputs, outputs);
      return checkedOutputs(specs, outputs, [...answers.values()], ms);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      return failed('threw', 'ONNX Runtime refused the inputs, or the graph failed on them', said);
    }
  },
});
