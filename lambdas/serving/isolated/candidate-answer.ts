import type { FailureKind } from '#domain/rollout/traffic.ts';
import type { Tensor } from '#domain/serving/tensor.ts';

export interface CandidateFailure {
  /**
   * `threw`: ONNX Runtime refused the inputs or the graph failed, and the process lives on.
   * `crashed`: the process ended, did not start, or spoke no sense.
   */
  readonly kind: FailureKind;
  /** For the log: holds no value of an input or output. */
  readonly reason: string;
  /** ONNX Runtime's own words, which may quote inputs: for the client, never for a log. */
  readonly said?: string;
  /** Nobody asked it: it rests after a failure that was told before. */
  readonly unasked?: true;
}

export interface Failed {
  readonly ok: false;
  readonly failure: CandidateFailure;
}

export type CandidateAnswer =
  | {
      readonly ok: true;
      readonly outputs: ReadonlyMap<string, Tensor>;
      /** Milliseconds that the model ran, as `Ran` has them. */
      readonly ms?: number;
    }
  | Failed;

export const failed = (kind: FailureKind, reason: string, said?: string): Failed => ({
  ok: false,
  failure: { kind, reason, ...(said !== undefined && { said }) },
});
