import type { OutputSpec } from '#domain/registry/io-schema.ts';
import { problemText } from '#domain/registry/problem.ts';
import { outputProblem } from '#domain/serving/infer-response.ts';
import { shapeFits, type Tensor } from '#domain/serving/tensor.ts';
import { type CandidateAnswer, failed } from './candidate-answer.ts';

/** What a version answered, if it is what was asked for and its manifest declares. */
export function checkedOutputs(
  specs: readonly OutputSpec[],
  wanted: readonly string[],
  answered: readonly Tensor[],
  ms?: number,
): CandidateAnswer {
  const outputs = new Map(answered.map((output) => [output.name, output]));
  const unasked = answered.find(({ name }) => !wanted.includes(name));
  if (unasked || outputs.size < answered.length) {
    const got = answered.map(({ name }) => name).join(', ');
    return failed('schema', `it gave the outputs ${got}; expected ${wanted.join(', ')}, each once`);
  }
  for (const name of wanted) {
    const spec = specs.find((candidate) => candidate.name === name);
    if (!spec) return failed('schema', `output ${name} was asked for, which it does not declare`);
    const output = outputs.get(name);
    const problem = outputProblem(spec, output);
    if (!problem) continue;
    const kind = output && declared(spec, output) ? 'not-finite' : 'schema';
    return failed(kind, problemText(problem));
  }
  return { ok: true, outputs, ...(ms !== undefined && { ms }) };
}

const declared = (spec: OutputSpec, { datatype, shape }: Tensor): boolean =>
  datatype === spec.datatype && shapeFits(shape, spec.shape);
