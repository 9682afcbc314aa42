import { type OutputPlan, planOutputs } from '#domain/gates/performance/output-roles.ts';
import type { Truth } from '#domain/gates/performance/quality.ts';
import type { InputSpec, IoSchema } from '#domain/registry/io-schema.ts';
import type { Evaluation } from '#domain/registry/manifest.ts';
import { type Feed, parseDecimal, textColumn } from './feed.ts';
import { type EvaluationProblem, ProblemList, type Table } from './table.ts';

export interface EvaluationSet {
  readonly rows: number;
  /** Rows that every call must have, where the model fixes them. */
  readonly fixedBatch?: number;
  readonly feeds: readonly Feed[];
  readonly truth: Truth;
  readonly plan: OutputPlan;
}

export type EvaluationSetResult =
  | { readonly ok: true; readonly value: EvaluationSet }
  | {
      readonly ok: false;
      readonly verdict: 'inconclusive';
      readonly reason: string;
      /** The first 20. */
      readonly problems: readonly EvaluationProblem[];
    };

/**
 * Maps rows of text to what a model takes and what it should answer. An input with `features`
 * takes those columns in that order, another the column of its own name; further columns are
 * ignored, and an optional input whose columns are absent is left out.
 */
export function evaluationSet(
  schema: IoSchema,
  { target, task }: Pick<Evaluation, 'target' | 'task'>,
  table: Table,
): EvaluationSetResult {
  const plan = planOutputs(schema, task);
  if (!plan.ok) return { ok: false, verdict: 'inconclusive', reason: plan.reason, problems: [] };
  const found = new ProblemList();
  if (table.rows.length === 0) {
    found.add({
      got: 'no rows',
      expected: 'at least one',
      remedy: 'add labelled rows below the header',
    });
  }
  const feeds = schema.inputs.flatMap((input) => feedOf(input, table, found) ?? []);
  const truth = truthOf(plan.value, target, table, found);
  const fixed = new Set(schema.inputs.map((input) => input.shape[0] ?? -1).filter((n) => n !== -1));
  const [fixedBatch] = fixed;
  if (fixed.size > 1 || fixedBatch === 0) {
    found.add({
      got: `batches of ${[...fixed].join(' and ')} rows`,
      expected: 'one batch size for all inputs',
      remedy: 'export the model with a dynamic first dimension (-1)',
    });
  }
  if (found.count > 0) {
    const { reason, kept } = found;
    return { ok: false, verdict: 'inconclusive', reason, problems: kept };
  }
  return {
    ok: true,
    value: {
      rows: table.rows.length,
      ...(fixedBatch === undefined ? {} : { fixedBatch }),
      feeds,
      truth,
      plan: plan.value,
    },
  };
}

function feedOf(input: InputSpec, table: Table, found: ProblemList): Feed | undefined {
  const columns = input.features ?? [input.name];
  if (input.optional && columns.every((column) => !table.header.includes(column))) return undefined;
  const rowShape = rowShapeOf(input, columns.length);
  const rows = table.rows.length;
  const text = textColumn(input.datatype, rows * columns.length);
  if (!rowShape || !text) {
    found.add({
      column: input.name,
      got: `${input.datatype} [${input.shape.join(', ')}] for ${columns.length} columns`,
      expected: text
        ? 'a batch dimension, then as many values as columns'
        : 'a type that ONNX Runtime takes from Node: any but BF16',
      remedy: text
        ? 'list a column for each value in features'
        : 'export the input as FP32 or FP16',
    });
    return undefined;
  }
  columns.forEach((column, offset) => {
    found.cells(column, table, text.expected, (row, cell) =>
      text.set(row * columns.length + offset, cell),
    );
  });
  const { name, datatype } = input;
  return { name, datatype, rowShape, width: columns.length, data: text.data };
}

/** The shape without its batch, one dynamic dimension resolved by the number of columns. */
function rowShapeOf({ shape }: InputSpec, columns: number): readonly number[] | undefined {
  if (shape.length === 0) return undefined;
  const row = shape.slice(1);
  const known = row.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const dynamic = row.filter((size) => size === -1).length;
  if (dynamic > 1 || (dynamic === 0 ? known !== columns : columns % known !== 0)) return undefined;
  return row.map((size) => (size === -1 ? columns / known : size));
}

function truthOf(plan: OutputPlan, target: string, table: Table, found: ProblemList): Truth {
  if (plan.kind === 'values') {
    const values = new Float64Array(table.rows.length);
    found.cells(target, table, 'a finite decimal number', (row, cell) => {
      values[row] = parseDecimal(cell) ?? Number.NaN;
      return Number.isFinite(values[row]);
    });
    return { kind: 'values', values };
  }
  const { classes } = plan;
  const known = new Map(classes.map((label, index) => [label, index]));
  const indexes = new Int32Array(table.rows.length);
  const expected = `one of the labels ${classes.slice(0, 10).join(', ')}${classes.length > 10 ? ', …' : ''}`;
  const remedy = 'correct the cell, or the labels that the manifest declares on the output';
  found.cells(
    target,
    table,
    expected,
    (row, cell) => {
      indexes[row] = known.get(cell) ?? -1;
      return (indexes[row] as number) >= 0;
    },
    remedy,
  );
  return { kind: 'classes', indexes, classes };
}
