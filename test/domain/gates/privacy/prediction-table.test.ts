import { expect, it } from 'vitest';
import { predictionTable, unreadAnswers } from '#domain/gates/privacy/prediction-table.ts';

it('gives each value of each output a column, as text', () => {
  const half = { output: 'h', datatype: 'FP16', values: Uint16Array.of(0x3c00, 0xc000) } as const;
  const wide = {
    output: 'id',
    datatype: 'INT64',
    values: BigInt64Array.of(9007199254740993n),
  } as const;
  const text = { output: 'name', datatype: 'BYTES', values: ['ann'] } as const;
  expect(
    predictionTable([
      [half, wide],
      [wide, text],
    ]),
  ).toEqual({
    header: ['h[0]', 'h[1]', 'id', 'name'],
    rows: [
      ['1', '-2', '9007199254740993'],
      ['', '', '9007199254740993', 'ann'],
    ],
  });
});

it('leaves out what is beyond a thousand values, and says so where they are texts', () => {
  const texts = { output: 't', datatype: 'BYTES', values: Array(1001).fill('x') } as const;
  const numbers = { output: 'n', datatype: 'FP32', values: new Float32Array(1001) } as const;
  expect(predictionTable([[texts]]).header).toHaveLength(1000);
  expect(unreadAnswers([[texts, numbers], [texts]])).toEqual([
    'predictions: texts of output t after the first 1000',
  ]);
  expect(unreadAnswers([[{ ...texts, values: texts.values.slice(1) }]])).toEqual([]);
});
