import { describe, expect, it } from 'vitest';
import { evaluationSet } from '#domain/gates/evaluation-set.ts';
import type { Datatype, IoSchema } from '#domain/registry/io-schema.ts';

const schema = (inputs: IoSchema['inputs'], labels?: string[]): IoSchema => ({
  inputs,
  outputs: [
    {
      name: 'p',
      datatype: 'FP32',
      shape: [-1, 2],
      role: 'probabilities',
      ...(labels ? { labels } : {}),
    },
  ],
});
const tabular = schema([
  { name: 'x', datatype: 'FP32', shape: [-1, 2], features: ['height', 'age'] },
  { name: 'smoker', datatype: 'BOOL', shape: [-1, 1] },
]);
const spec = { target: 'ill', task: 'binary-classification' } as const;
const table = (header: string, ...rows: string[]) => ({
  header: header.split(','),
  rows: rows.map((row) => row.split(',')),
});
const column = (datatype: Datatype, ...cells: string[]) => {
  const input = { name: 'x', datatype, shape: [-1] };
  const made = evaluationSet(schema([input]), spec, {
    header: ['x', 'ill'],
    rows: cells.map((cell) => [cell, '1']),
  });
  return made.ok ? made.value.feeds[0]?.data : made.problems.map(({ got }) => got);
};

describe('evaluationSet', () => {
  it('takes features in the order of the input, not of the file, and ignores other columns', () => {
    const made = evaluationSet(
      tabular,
      spec,
      table('age,note,ill,smoker,height', '40,a,1,true,1.75', '30,b,0,0,1.5'),
    );
    expect(made).toEqual({
      ok: true,
      value: {
        rows: 2,
        feeds: [
          {
            name: 'x',
            datatype: 'FP32',
            rowShape: [2],
            width: 2,
            data: Float32Array.of(1.75, 40, 1.5, 30),
          },
          { name: 'smoker', datatype: 'BOOL', rowShape: [1], width: 1, data: Uint8Array.of(1, 0) },
        ],
        truth: { kind: 'classes', indexes: Int32Array.of(1, 0), classes: ['0', '1'] },
        plan: { kind: 'classes', classes: ['0', '1'], probabilities: { output: 'p' } },
      },
    });
  });

  it('maps labels to the order in which the output declares them', () => {
    const io = schema([{ name: 'x', datatype: 'FP32', shape: [-1] }], ['well', 'ill']);
    const made = evaluationSet(io, spec, table('x,ill', '1,ill', '2, well '));
    expect(made).toMatchObject({ value: { truth: { indexes: Int32Array.of(1, 0) } } });
  });

  it('reads the target of a regression as numbers', () => {
    const io: IoSchema = {
      inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    };
    const made = evaluationSet(io, { target: 't', task: 'regression' }, table('x,t', '1,-2.5e1'));
    expect(made).toMatchObject({ value: { truth: { values: Float64Array.of(-25) } } });
    expect(
      evaluationSet(io, { target: 't', task: 'regression' }, table('x,t', '1,NaN')),
    ).toMatchObject({ ok: false, problems: [{ field: 'column t, row 1', got: '"NaN"' }] });
  });

  it('leaves out an optional input whose column is absent, and fills it when it is there', () => {
    const io = schema([
      { name: 'x', datatype: 'FP32', shape: [-1] },
      { name: 'bias', datatype: 'FP32', shape: [-1], optional: true },
    ]);
    const names = (csv: ReturnType<typeof table>) => {
      const made = evaluationSet(io, spec, csv);
      return made.ok && made.value.feeds.map(({ name }) => name);
    };
    expect(names(table('x,ill', '1,0'))).toEqual(['x']);
    expect(names(table('x,bias,ill', '1,2,0'))).toEqual(['x', 'bias']);
  });

  it('resolves one dynamic dimension by the number of columns', () => {
    const io = schema([
      { name: 'x', datatype: 'FP32', shape: [-1, -1, 2], features: ['a', 'b', 'c', 'd'] },
    ]);
    const made = evaluationSet(io, spec, table('a,b,c,d,ill', '1,2,3,4,0'));
    expect(made).toMatchObject({ value: { feeds: [{ rowShape: [2, 2], width: 4 }] } });
  });

  it('notes the batch size of a model that fixes it', () => {
    const io = schema([{ name: 'x', datatype: 'FP32', shape: [4, 1] }]);
    expect(evaluationSet(io, spec, table('x,ill', '1,0'))).toMatchObject({
      value: { fixedBatch: 4 },
    });
  });

  it('makes each datatype from text', () => {
    expect(column('INT8', '-128', '+127', '3.0')).toEqual(Int8Array.of(-128, 127, 3));
    expect(column('UINT32', '4294967295')).toEqual(Uint32Array.of(4294967295));
    expect(column('INT64', '-9223372036854775808')).toEqual(BigInt64Array.of(-(2n ** 63n)));
    expect(column('UINT64', '18446744073709551615')).toEqual(BigUint64Array.of(2n ** 64n - 1n));
    expect(column('FP64', '.5', '1e-3', 'nan')).toEqual(Float64Array.of(0.5, 0.001, Number.NaN));
    expect(column('FP16', '1', '-2')).toEqual(Uint16Array.of(0x3c00, 0xc000));
    expect(column('BOOL', 'True', 'FALSE')).toEqual(Uint8Array.of(1, 0));
    expect(column('BYTES', 'a b', '1')).toEqual(['a b', '1']);
  });

  it.each<[Datatype, string]>([
    ['INT8', '128'],
    ['UINT8', '-1'],
    ['INT32', '1.5'],
    ['INT64', '9223372036854775808'],
    ['UINT64', '-1'],
    ['FP32', '1e39'],
    ['FP16', '65520'],
    ['FP32', 'Infinity'],
    ['FP64', '0x10'],
    ['FP32', '1,5'],
    ['BOOL', 'yes'],
  ])('refuses as %s the text %s', (datatype, text) => {
    expect(column(datatype, text)).toEqual([JSON.stringify(text)]);
  });

  it('names column, row, what it got, what it expected and the remedy', () => {
    const made = evaluationSet(
      tabular,
      spec,
      table('height,age,smoker,ill', '1.7,40,1,1', '1.8,forty,,2', '1.9'),
    );
    expect(made).toEqual({
      ok: false,
      verdict: 'inconclusive',
      reason: expect.stringMatching(
        /^column age, row 2: got "forty", expected a decimal number within FP32.*; correct the cell or remove the row \(and 5 more\)$/,
      ),
      problems: [
        expect.objectContaining({ column: 'age', row: 2, got: '"forty"' }),
        expect.objectContaining({ column: 'age', row: 3, got: 'an empty cell' }),
        expect.objectContaining({ column: 'smoker', row: 2, got: 'an empty cell' }),
        expect.objectContaining({ column: 'smoker', row: 3, got: 'an empty cell' }),
        expect.objectContaining({
          column: 'ill',
          row: 2,
          got: '"2"',
          expected: 'one of the labels 0, 1',
        }),
        expect.objectContaining({ column: 'ill', row: 3, got: 'an empty cell' }),
      ],
    });
  });

  it('names missing and doubled columns', () => {
    expect(evaluationSet(tabular, spec, table('height,age,age,smoker', '1,2,3,1'))).toMatchObject({
      problems: [
        { column: 'age', got: 'it more than once' },
        { column: 'ill', got: 'columns "height, age, age, smoker"' },
      ],
    });
  });

  it('counts all problems but keeps twenty', () => {
    const rows = Array.from({ length: 30 }, () => 'bad,0');
    const io = schema([{ name: 'x', datatype: 'FP32', shape: [-1] }]);
    const made = evaluationSet(io, spec, table('x,ill', ...rows));
    expect(made).toMatchObject({ reason: expect.stringContaining('(and 29 more)') });
    expect(!made.ok && made.problems).toHaveLength(20);
  });

  it('needs rows', () => {
    expect(evaluationSet(tabular, spec, table('height,age,smoker,ill'))).toMatchObject({
      ok: false,
      problems: [{ field: 'evaluation set', got: 'no rows', remedy: expect.any(String) }],
    });
  });

  it.each<[string, IoSchema['inputs'][number]]>([
    ['more values than columns', { name: 'x', datatype: 'FP32', shape: [-1, 3] }],
    ['no batch dimension', { name: 'x', datatype: 'FP32', shape: [] }],
    ['two dynamic dimensions', { name: 'x', datatype: 'FP32', shape: [-1, -1, -1] }],
    ['a type that cannot be fed', { name: 'x', datatype: 'BF16', shape: [-1] }],
  ])('refuses an input with %s', (_, input) => {
    expect(evaluationSet(schema([input]), spec, table('x,ill', '1,0'))).toMatchObject({
      ok: false,
      problems: [{ column: 'x', remedy: expect.any(String) }],
    });
  });

  it('refuses inputs that fix different batch sizes', () => {
    const io = schema([
      { name: 'x', datatype: 'FP32', shape: [2] },
      { name: 'y', datatype: 'FP32', shape: [3] },
    ]);
    expect(evaluationSet(io, spec, table('x,y,ill', '1,2,0'))).toMatchObject({
      problems: [{ got: 'batches of 2 and 3 rows' }],
    });
  });

  it('is inconclusive when nothing says which output answers', () => {
    const io: IoSchema = {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
      outputs: ['p', 'q'].map((name) => ({ name, datatype: 'FP32' as const, shape: [-1, 2] })),
    };
    expect(evaluationSet(io, spec, table('x,ill', '1,0'))).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining("declare role 'label'"),
    });
  });
});
