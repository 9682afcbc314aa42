import type { LabelledRow } from '../../support/faulty-models.ts';

/** Of a row's features; a thousandth more of it turns no label that is not about to turn anyhow. */
const MEAN_AREA = 3;

/** What one request came to. */
export interface Answer {
  readonly user: string;
  readonly marked: boolean;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly version?: string;
  readonly variant?: string;
  readonly decision?: string;
  /** Whether every number of it is one. */
  readonly finite: boolean;
  readonly right: boolean;
  /** Of an answer that is none. */
  readonly said?: string;
}

interface Body {
  readonly model_version?: string;
  readonly error?: string;
  readonly parameters?: { readonly variant?: string; readonly decision?: string };
  readonly outputs?: readonly { readonly name: string; readonly data: readonly unknown[] }[];
}

/** A row as nobody has sent it yet: what is in a cache tells nothing of a version. */
export const unlike = ({ features, label }: LabelledRow): LabelledRow => ({
  features: features.with(MEAN_AREA, (features[MEAN_AREA] ?? 0) * (1 + Math.random() / 1000)),
  label,
});

export const requestOf = ({ features }: LabelledRow, user: string) => ({
  parameters: { user_id: user },
  inputs: [
    { name: 'features', shape: [1, features.length], datatype: 'FP32', data: [...features] },
  ],
});

export function answerOf(
  body: Readonly<Record<string, unknown>>,
  { label }: LabelledRow,
): Omit<Answer, 'user' | 'marked' | 'sentAt' | 'status'> {
  const { model_version: version, parameters, outputs = [], error } = body as Body;
  const named = new Map(outputs.map(({ name, data }) => [name, data]));
  const values = outputs.flatMap(({ data }) => data);
  return {
    ...(version !== undefined && { version }),
    ...(parameters?.variant !== undefined && { variant: parameters.variant }),
    ...(parameters?.decision !== undefined && { decision: parameters.decision }),
    ...(error !== undefined && { said: error }),
    finite: values.every((value) => Number.isFinite(value)),
    right: named.get('label')?.[0] === label,
  };
}

/** What a decision says of itself: its text is sealed, not secret. */
function assignmentOf(decision: string): {
  readonly generation: number;
  readonly arm: string;
} {
  const [, , , generation, , arm = ''] = decision.split(':');
  return { generation: Number(generation), arm };
}

/** Users who were treated in a generation of the route, and not in a later one or in the same. */
export function fallenOut(answers: readonly Answer[]): readonly string[] {
  const assignments = answers.flatMap(({ user, decision }) =>
    decision === undefined ? [] : [{ user, ...assignmentOf(decision) }],
  );
  const treatedSince = new Map<string, number>();
  for (const { user, generation, arm } of assignments) {
    if (arm !== 'candidate') continue;
    const before = treatedSince.get(user) ?? Number.POSITIVE_INFINITY;
    treatedSince.set(user, Math.min(before, generation));
  }
  return assignments
    .filter(({ user, generation, arm }) => {
      const since = treatedSince.get(user);
      return arm === 'stable' && since !== undefined && generation >= since;
    })
    .map(({ user, generation }) => `${user} in generation ${generation}`);
}
