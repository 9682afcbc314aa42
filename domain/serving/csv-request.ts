import { textColumn } from '#domain/gates/feed.ts';
import type { InputSpec, IoSchema } from '#domain/registry/io-schema.ts';
import type { Problem } from '#domain/registry/problem.ts';
import type { InferRequestResult } from './infer-request.ts';
import { shown } from './shown.ts';
import { shapeFits } from './tensor.ts';

const JSON_INSTEAD = 'send an Open Inference Protocol v2 request as JSON';

/**
 * Reads lines of comma-separated numbers, without a header or quotes, as the only input of a
 * model: one line a row, as SageMaker's own containers take them. All outputs are asked for.
 */
export function parseCsvRequest(text: string, io: IoSchema): InferRequestResult {
  const spec = onlyMatrix(io);
  const column = spec && textColumn(spec.datatype, 0);
  if (!spec || !column || spec.datatype === 'BYTES') {
    const inputs = io.inputs.map(({ name, datatype, shape }) => `${name} ${datatype} [${shape}]`);
    return refused({
      field: 'Content-Type',
      got: `text/csv for the inputs ${inputs.join(', ')}`,
      expected: 'a model of one two-dimensional input of numbers',
      remedy: JSON_INSTEAD,
    });
  }
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const rows = lines.map((line) => line.split(','));
  const width = rows[0]?.length ?? 0;
  const shape = [rows.length, width];
  if (!shapeFits(shape, spec.shape)) {
    return refused({
      field: 'body',
      got: `${rows.length} lines, ${width} values in the first`,
      expected: `shape [${spec.shape}] for input "${spec.name}", -1 being any size`,
      remedy: 'send one line a row, without a header, an index or a label',
    });
  }
  return readRows(rows, width, spec, io);
}

/** Inputs with a default stay out: this runtime cannot replace one. */
function onlyMatrix({ inputs }: IoSchema): InputSpec | undefined {
  const [spec, ...others] = inputs.filter(({ optional }) => !optional);
  return others.length === 0 && spec?.shape.length === 2 ? spec : undefined;
}

function readRows(
  rows: readonly (readonly string[])[],
  width: number,
  { name, datatype }: InputSpec,
  io: IoSchema,
): InferRequestResult {
  const ragged = rows.findIndex(({ length }) => length !== width);
  if (ragged !== -1) {
    return refused({
      field: `body line ${ragged + 1}`,
      got: `${rows[ragged]?.length} values`,
      expected: `${width}, as in the first line`,
      remedy: 'send lines of the same length, without empty ones',
    });
  }
  const column = textColumn(datatype, rows.length * width);
  for (const [row, values] of rows.entries()) {
    for (const [i, value] of values.entries()) {
      if (column?.set(row * width + i, value.trim())) continue;
      return refused({
        field: `body line ${row + 1}, value ${i + 1}`,
        got: shown(value),
        expected: column?.expected ?? datatype,
        remedy: 'correct it; there are no headers or quotes in this form',
      });
    }
  }
  return {
    ok: true,
    request: {
      id: undefined,
      parameters: {},
      inputs: [{ name, datatype, shape: [rows.length, width], data: column?.data ?? [] }],
      outputs: io.outputs.map((output) => output.name),
      binaryOutputs: new Set(),
    },
  };
}

const refused = (problem: Problem): InferRequestResult => ({ ok: false, problems: [problem] });
