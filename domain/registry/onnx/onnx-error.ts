/** Why a file's ONNX metadata cannot be had: `unsupported` is valid ONNX that Assay does not serve. */
export type OnnxProblem = 'empty' | 'malformed' | 'truncated' | 'over-limit' | 'unsupported';

/** The one error that reading ONNX throws about the file itself; the reader's own faults pass through. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  readonly problem: OnnxProblem;

  constructor(problem: OnnxProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.problem = problem;
  }
}

/** A name found inside an upload, fit for a message: quoted, control characters escaped, cut at 80. */
export const quote = (name: string): string =>
  JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
