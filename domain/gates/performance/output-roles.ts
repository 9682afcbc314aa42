import type { IoSchema, OutputSpec } from '#domain/registry/io-schema.ts';
import type { Evaluation } from '#domain/registry/manifest.ts';
import type { Measured } from './measured.ts';

export type Task = Evaluation['task'];

/** Which outputs of a model answer its task, and how to read them. */
export type OutputPlan =
  | {
      readonly kind: 'classes';
      /** Labels in the order of the scores; a class is its index here. */
      readonly classes: readonly string[];
      /** `index`: the output counts classes from 0; `text`: its values are labels. */
      readonly label?: { readonly output: string; readonly by: 'index' | 'text' };
      readonly probabilities?: { readonly output: string };
    }
  | { readonly kind: 'values'; readonly output: string };

const FLOATS = new Set<string>(['FP16', 'BF16', 'FP32', 'FP64']);
const isFloat = (output: OutputSpec): boolean => FLOATS.has(output.datatype);

/**
 * Chooses outputs by their declared roles. Where no output of a model declares a role the task
 * can use, these rules decide, or nothing does:
 *
 * - regression reads the only output of a floating type;
 * - classification reads the only output of any other type as label, and as probabilities the
 *   only floating one, or among several the only one with `labels`.
 *
 * Labels come from the probabilities, else from the label output, else are '0', '1', … by the
 * width of the probabilities, else '0' and '1' for two classes. An integer label output holds
 * labels when all labels are integers, and otherwise indexes of labels.
 */
export function planOutputs(schema: IoSchema, task: Task): Measured<OutputPlan> {
  return task === 'regression' ? planValues(schema.outputs) : planClasses(schema.outputs, task);
}

/** The outputs that a plan reads. */
export const wantedOutputs = (plan: OutputPlan): readonly string[] =>
  plan.kind === 'values'
    ? [plan.output]
    : [plan.label?.output, plan.probabilities?.output].filter((name) => name !== undefined);

function planValues(outputs: readonly OutputSpec[]): Measured<OutputPlan> {
  const declared = outputs.filter((output) => output.role === 'value');
  const chosen = declared.length > 0 ? declared : outputs.filter((o) => !o.role && isFloat(o));
  const [output] = chosen;
  if (!output || chosen.length > 1) {
    return unclear(outputs, "declare role 'value' on the one output that holds the prediction");
  }
  return { ok: true, value: { kind: 'values', output: output.name } };
}

function planClasses(
  outputs: readonly OutputSpec[],
  task: Exclude<Task, 'regression'>,
): Measured<OutputPlan> {
  const declared = outputs.filter((o) => o.role === 'label' || o.role === 'probabilities');
  const labels =
    declared.length > 0
      ? declared.filter((o) => o.role === 'label')
      : outputs.filter((o) => !o.role && !isFloat(o));
  const scores =
    declared.length > 0
      ? declared.filter((o) => o.role === 'probabilities')
      : onlyLabelled(outputs.filter((o) => !o.role && isFloat(o)));
  const [label] = labels;
  const [probabilities] = scores;
  if (labels.length > 1 || scores.length > 1 || !(label || probabilities)) {
    return unclear(outputs, "declare role 'label' on one output, 'probabilities' on one, or both");
  }
  const classes = classLabels(label, probabilities, task);
  if (!classes.ok) return classes;
  const numeric = classes.value.every((text) => /^-?\d+$/.test(text));
  return {
    ok: true,
    value: {
      kind: 'classes',
      classes: classes.value,
      ...(label
        ? {
            label: {
              output: label.name,
              by: label.datatype === 'BYTES' || numeric ? ('text' as const) : ('index' as const),
            },
          }
        : {}),
      ...(probabilities ? { probabilities: { output: probabilities.name } } : {}),
    },
  };
}

function classLabels(
  label: OutputSpec | undefined,
  probabilities: OutputSpec | undefined,
  task: Task,
): Measured<readonly string[]> {
  const [ours, theirs] = [probabilities?.labels, label?.labels];
  if (ours && theirs && ours.join('\n') !== theirs.join('\n')) {
    return inconclusive(
      `outputs ${probabilities?.name} and ${label?.name} declare different labels; give both the same, in the order of the scores`,
    );
  }
  const width = probabilities && probabilities.shape.length > 1 ? probabilities.shape.at(-1) : 0;
  const classes =
    ours ??
    theirs ??
    (width && width > 1
      ? Array.from({ length: width }, (_, i) => String(i))
      : task === 'binary-classification'
        ? ['0', '1']
        : []);
  const name = (probabilities ?? label)?.name;
  if (new Set(classes).size < classes.length) {
    return inconclusive(`output ${name} declares a label twice; declare each class once`);
  }
  if (classes.length < 2 || (task === 'binary-classification' && classes.length !== 2)) {
    return inconclusive(
      `output ${name} has ${classes.length} labels and the task is ${task}; declare its labels in the order of the scores`,
    );
  }
  return { ok: true, value: classes };
}

const onlyLabelled = (outputs: readonly OutputSpec[]): readonly OutputSpec[] => {
  const labelled = outputs.filter((output) => output.labels);
  return outputs.length > 1 && labelled.length > 0 ? labelled : outputs;
};

const unclear = (outputs: readonly OutputSpec[], remedy: string): Measured<never> =>
  inconclusive(
    `outputs ${outputs.map((o) => `${o.name} (${o.role ?? o.datatype})`).join(', ')} do not say how to read them; ${remedy}`,
  );

const inconclusive = (reason: string): Measured<never> => ({
  ok: false,
  verdict: 'inconclusive',
  reason,
});
