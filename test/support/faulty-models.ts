import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Models that answer as 1.1.0-better does, but for marked rows; see their make_models.py. */
export const FAULTY_MODELS = [
  'healthy',
  'crashes',
  'throws',
  'hungry',
  'not-a-number',
  'busy',
  'slow',
  'inaccurate',
] as const;
export type FaultyModel = (typeof FAULTY_MODELS)[number];

/** What ends its process on a marked row; only the x86-64 traps the division of `crashes`. */
export const CRASHING: FaultyModel = process.arch === 'x64' ? 'crashes' : 'hungry';

export const faultyModel = (name: FaultyModel): string =>
  fileURLToPath(new URL(`../e2e/fixtures/faulty/${name}.onnx`, import.meta.url));

/** A row that the examples are judged by, with the index of its label. */
export interface LabelledRow {
  readonly features: readonly number[];
  readonly label: number;
}

const LABELS = ['malignant', 'benign'];
const EVALUATION = new URL(
  '../../examples/breast-cancer/1.1.0-better/evaluation.csv',
  import.meta.url,
);

export function evaluationRows(): readonly LabelledRow[] {
  const [, ...lines] = readFileSync(EVALUATION, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const values = line.split(',');
    const label = LABELS.indexOf(values.at(-1) ?? '');
    return { features: values.slice(0, -1).map(Number), label };
  });
}

const MARK = 16;

/** The row as the faulty models misbehave on it. */
export const marked = ({ features, label }: LabelledRow): LabelledRow => ({
  features: features.with(-1, (features.at(-1) ?? 0) + MARK),
  label,
});
