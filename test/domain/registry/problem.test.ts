import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  MOST_PROBLEMS,
  problemsOf,
  problemText,
  readBy,
  shortened,
} from '#domain/registry/problem.ts';

const Schema = z.strictObject({
  name: z.string().check(z.minLength(2), z.maxLength(3)),
  mode: z.optional(z.enum(['a', 'b'])),
  rows: z.optional(z.array(z.strictObject({ id: z.int() }))),
  hex: z.optional(z.string().check(z.regex(/^[0-9a-f]+$/))),
  code: z.optional(z.string().check(z.regex(/^x/, { error: 'an x first' }))),
  odd: z.optional(z.number().check(z.refine((n) => n % 2 === 1))),
});

function problems(input: unknown) {
  const result = Schema.safeParse(input);
  return result.success ? [] : problemsOf(result.error, input, 'mend it');
}

describe('problemsOf', () => {
  it.each([
    [{ name: 7 }, 'name', '7', 'a value of type string'],
    [{}, 'name', 'nothing', 'a value of type string'],
    [{ name: 'x' }, 'name', '"x"', 'at least 2'],
    [{ name: 'xxxx' }, 'name', '"xxxx"', 'at most 3'],
    [{ name: 'ok', mode: 'c' }, 'mode', '"c"', 'one of a, b'],
    [{ name: 'ok', rows: [{ id: 1 }, { id: 'x' }] }, 'rows[1].id', '"x"', 'a value of type number'],
    [{ name: 'ok', hex: 'Z' }, 'hex', '"Z"', 'text of the form /^[0-9a-f]+$/'],
    [{ name: 'ok', code: 'Z' }, 'code', '"Z"', 'an x first'],
    [{ name: 'ok', odd: 2 }, 'odd', '2', 'a value of the documented form'],
    [null, 'document', 'null', 'a value of type object'],
  ])('says of %j: field %s, got %s, expected %s', (input, field, got, expected) => {
    expect(problems(input)).toEqual([{ field, got, expected, remedy: 'mend it' }]);
  });

  it('names each unknown field by itself', () => {
    expect(problems({ name: 'ok', rows: [{ id: 1, x: 1, y: 2 }] })).toEqual(
      ['rows[0].x', 'rows[0].y'].map((field) => ({
        field,
        got: 'an unknown field',
        expected: 'only the documented fields',
        remedy: 'remove it or correct its name, then mend it',
      })),
    );
  });

  it('cuts long values', () => {
    const [problem] = problems({ name: 'x'.repeat(1000) });
    expect(problem?.got).toHaveLength(80);
    expect(problem?.got).toMatch(/x\.\.\.$/);
  });
});

describe('problemText', () => {
  it('is one line with everything in it', () => {
    const problem = { field: 'size', got: '1', expected: '2', remedy: 'grow' };
    expect(problemText(problem)).toBe('size: got 1, expected 2; grow');
  });
});

describe('shortened', () => {
  const problem = { field: 'f', got: 'g', expected: 'e', remedy: 'r' };

  it('leaves what is short as it is', () => {
    expect(shortened(problem)).toEqual(problem);
  });

  it('cuts every part to 500 characters', () => {
    const long = 'x'.repeat(501);
    const cut = shortened({ field: long, got: long, expected: long, remedy: long });
    for (const part of Object.values(cut)) expect(part).toBe(`${'x'.repeat(497)}...`);
  });

  it('leaves no half of a character, be it given or made by the cut', () => {
    expect(shortened({ ...problem, got: '"\ud800"' }).got).toBe('"\ufffd"');
    expect(shortened({ ...problem, got: `${'x'.repeat(496)}\u{1f600}${'x'.repeat(9)}` }).got).toBe(
      `${'x'.repeat(496)}\ufffd...`,
    );
  });
});

describe('readBy', () => {
  const deep = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const Tree = z.strictObject({ tree: z.json(), size: z.optional(z.int()) });

  it('gives the value, or what is wrong with it', () => {
    expect(readBy(Tree, { tree: [1], size: 1 }, 'mend it')).toEqual({
      ok: true,
      value: { tree: [1], size: 1 },
    });
    expect(readBy(Tree, { tree: [1], size: 'x' }, 'mend it')).toEqual({
      ok: false,
      problems: [
        { field: 'size', got: '"x"', expected: 'a value of type number', remedy: 'mend it' },
      ],
    });
  });

  it('tells what is nested too deeply to be shown or walked', () => {
    const shown = readBy(Tree, { tree: 1, size: deep(100_000) }, 'mend it');
    expect(shown).toMatchObject({
      ok: false,
      problems: [{ got: expect.stringMatching('nested') }],
    });
    const walked = readBy(Tree, { tree: deep(100_000) }, 'mend it');
    expect(walked).toMatchObject({ ok: false, problems: [{ field: 'document' }] });
  });

  it('tells of a million mistakes in a few words', () => {
    const Rows = z.strictObject({ rows: z.array(z.int()) });
    const wrong = readBy(Rows, { rows: Array(1_000_000).fill('x') }, 'mend it');
    expect(wrong).toMatchObject({ ok: false, problems: [{ field: 'document' }] });
  });

  it('lists no more than the first problems, and that there are more', () => {
    const Rows = z.strictObject({ rows: z.array(z.int()) });
    for (const document of [
      { rows: Array(1000).fill('x') },
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 1])),
    ]) {
      const read = readBy(Rows, document, 'mend it');
      const problems = read.ok ? [] : read.problems;
      expect(problems).toHaveLength(MOST_PROBLEMS + 1);
      expect(problems.at(-1)?.got).toBe(`more than ${MOST_PROBLEMS} problems`);
    }
  });

  it('lets through what is no fault of the document', () => {
    const Broken = z.string().check(() => {
      throw new TypeError('a bug');
    });
    expect(() => readBy(Broken, 'x', '')).toThrow('a bug');
  });
});
