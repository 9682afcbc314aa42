import type * as z from 'zod/mini';

/** One thing wrong with what somebody submitted, said so that they can mend it. */
export interface Problem {
  /** Path into the document, a file name or a request field: `files[2].sha256`. */
  readonly field: string;
  readonly got: string;
  readonly expected: string;
  readonly remedy: string;
}

/** One line for logs, terminals and protocol errors. */
export const problemText = ({ field, got, expected, remedy }: Problem): string =>
  `${field}: got ${got}, expected ${expected}; ${remedy}`;

/** Twenty problems of four such parts stay below the 256 KiB of a state, in any script. */
const KEPT_CHARACTERS = 500;

/** A problem that is safe to store: cut to size, and whole Unicode, which a database insists on. */
export const shortened = ({ field, got, expected, remedy }: Problem): Problem => ({
  field: cut(field),
  got: cut(got),
  expected: cut(expected),
  remedy: cut(remedy),
});

const cut = (text: string): string =>
  (text.length > KEPT_CHARACTERS ? `${text.slice(0, KEPT_CHARACTERS - 3)}...` : text).replace(
    /\p{Surrogate}/gu,
    '\ufffd',
  );

/** Nobody mends more in one go; a document of a megabyte can have a million. */
export const MOST_PROBLEMS = 100;

/**
 * Judges a document by its schema. It throws for none: one that is nested or wrong beyond what the
 * schema's own recursion and lists can take is told so.
 */
export function readBy<T>(
  schema: z.ZodMiniType<T>,
  input: unknown,
  remedy: string,
):
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  try {
    const parsed = schema.safeParse(input);
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, problems: problemsOf(parsed.error, input, remedy) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const got = 'too many mistakes, or too much nesting, to tell them one by one';
    const expected = 'the documented form';
    return { ok: false, problems: [{ field: 'document', got, expected, remedy }] };
  }
}

/**
 * Turns a schema's complaints about `input` into problems, up to `MOST_PROBLEMS` and one that says
 * that there are more; `remedy` names the document to mend.
 */
export function problemsOf(error: z.core.$ZodError, input: unknown, remedy: string): Problem[] {
  const problems: Problem[] = [];
  for (const issue of error.issues) {
    problems.push(...issueProblems(issue, input, remedy));
    if (problems.length > MOST_PROBLEMS) {
      const got = `more than ${MOST_PROBLEMS} problems`;
      const more = { field: 'document', got, expected: 'none', remedy };
      return [...problems.slice(0, MOST_PROBLEMS), more];
    }
  }
  return problems;
}

function issueProblems(issue: z.core.$ZodIssue, input: unknown, remedy: string): Problem[] {
  const field = fieldPath(issue.path);
  const got = shown(valueAt(input, issue.path));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_PROBLEMS + 1).map((key) => ({
      field: fieldPath([...issue.path, key]),
      got: 'an unknown field',
      expected: 'only the documented fields',
      remedy: `remove it or correct its name, then ${remedy}`,
    }));
  }
  return [{ field, got, expected: expectation(issue), remedy }];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return custom(issue) ?? `at least ${issue.minimum}`;
    case 'too_big':
      return custom(issue) ?? `at most ${issue.maximum}`;
    case 'invalid_format':
      return custom(issue) ?? `text of the form ${issue.pattern ?? issue.format}`;
    default:
      return custom(issue) ?? 'a value of the documented form';
  }
}

/** zod/mini carries no message texts of its own; what it says is either ours or this. */
const custom = (issue: z.core.$ZodIssue): string | undefined =>
  issue.message && issue.message !== 'Invalid input' ? issue.message : undefined;

function fieldPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return text || 'document';
}

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      value !== null && typeof value === 'object'
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    input,
  );

/** What can be parsed may be nested too deeply to be written again. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return 'a value that is nested too deeply';
  }
}

/** Long values are cut: a problem travels in state data and log lines. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = asJson(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
