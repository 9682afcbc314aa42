import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContractWishes, draftContract } from '#domain/gates/dataset/draft-contract.ts';
import { profiled, type Row, sourceOf } from './fixture.ts';

const wishes: ContractWishes = { collected: '2024-03-01' };

async function drafted(header: Row, rows: readonly Row[], more: Partial<ContractWishes> = {}) {
  const result = await draftContract(sourceOf(header, rows), { ...wishes, ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.contract;
}

/** One column beside a label, twenty rows of these cells by turns. */
const columnOf = async (name: string, ...cells: string[]) => {
  const rows = Array.from({ length: 20 }, (_, n) => [cells[n % cells.length] ?? '', String(n % 2)]);
  const contract = await drafted([name, 'label'], rows);
  return { contract, column: contract.columns[0] };
};

describe('draftContract', () => {
  it.each([
    ['integer', ['1', '-20', '3.0']],
    ['integer', ['0', '1']],
    ['number', ['1', '2.5', '1e9']],
    ['boolean', ['true', 'FALSE']],
    ['timestamp', ['2024-03-01', '2024-03-01T10:00:00Z']],
  ])('takes %s for the type of %j', async (type, cells) => {
    expect((await columnOf('x', ...cells)).column).toEqual({ name: 'x', type, nullable: false });
  });

  it('lists the categories of a few texts, and takes many for text', async () => {
    expect((await columnOf('x', 'b', 'a', '7')).column).toEqual({
      name: 'x',
      type: 'category',
      nullable: false,
      domain: { values: ['7', 'a', 'b'] },
    });
    const rare = Array.from({ length: 11 }, (_, n) => `t${n}`);
    expect((await columnOf('x', ...rare)).column?.type).toBe('text');
    const many = (texts: number) =>
      drafted(
        ['x', 'label'],
        Array.from({ length: 200 }, (_, n) => [`t${n % texts}`, String(n % 2)]),
      );
    expect((await many(50)).columns[0]?.type).toBe('category');
    expect((await many(51)).columns[0]?.type).toBe('text');
  });

  it('lets cells be missing where some are, and a column that is empty be anything', async () => {
    expect((await columnOf('x', '1', '')).column).toMatchObject({
      type: 'integer',
      nullable: true,
    });
    expect((await columnOf('x', '', ' ')).column).toMatchObject({ type: 'text', nullable: true });
  });

  it('takes NA for missing among numbers, and for a category among texts alone', async () => {
    const numbers = await columnOf('x', '1.5', 'NA');
    expect(numbers.column).toEqual({ name: 'x', type: 'number', nullable: true });
    expect(numbers.contract.missingValues).toEqual(['NA']);
    const texts = await columnOf('x', 'red', 'None');
    expect(texts.column?.domain).toEqual({ values: ['None', 'red'] });
    expect(texts.contract.missingValues).toBeUndefined();
    const rows = Array.from({ length: 20 }, (_, n) => [
      n % 2 ? '1' : 'NA',
      n % 3 ? 'eu' : 'NA',
      String(n % 2),
    ]);
    const both = await drafted(['n', 'c', 'label'], rows);
    expect(both.columns[1]).toEqual({
      name: 'c',
      type: 'category',
      nullable: true,
      domain: { values: ['eu'] },
    });
  });

  it.each([
    [['Target', 'x'], 'Target'],
    [['y', 'label'], 'label'],
  ])('guesses the label among %j', async (header, label) => {
    const rows = Array.from({ length: 20 }, (_, n) => [String(n % 2), String(n % 2)]);
    expect((await drafted(header, rows)).label.column).toBe(label);
  });

  it.each([
    [(n: number) => String(n % 2), 'binary-classification'],
    [(n: number) => ['no', 'yes'][n % 2], 'binary-classification'],
    [(n: number) => String(n % 20), 'multiclass-classification'],
    [(n: number) => String(n % 21), 'regression'],
    [(n: number) => String(n / 2), 'regression'],
  ])('guesses what is predicted from the label, case %#', async (truth, task) => {
    const rows = Array.from({ length: 60 }, (_, n) => [truth(n) ?? '']);
    expect((await drafted(['label'], rows)).label.task).toBe(task);
  });

  it('takes the time from a column that has one, else the day that it is told', async () => {
    const timed = await columnOf('seen', '2024-03-01', '2024-03-02');
    expect([timed.contract.timestamp, timed.contract.collected]).toEqual(['seen', undefined]);
    const untimed = await columnOf('x', '1', '2');
    expect([untimed.contract.timestamp, untimed.contract.collected]).toEqual([
      undefined,
      '2024-03-01',
    ]);
  });

  it.each(['id', 'customer_id', 'Unnamed: 0', 'row_number'])(
    'keeps %s out of the features',
    async (name) => {
      expect((await columnOf(name, '1', '2')).contract.identifiers).toEqual([name]);
    },
  );

  it('says which columns there are when none is the label', async () => {
    const unnamed = await draftContract(sourceOf(['a', 'b'], [['1', '2']]), wishes);
    expect(unnamed).toMatchObject({
      ok: false,
      problems: [{ field: 'label', expected: 'one of a, b' }],
    });
    const wrong = await draftContract(sourceOf(['a'], [['1']]), { ...wishes, label: 'c' });
    expect(wrong).toMatchObject({ ok: false, problems: [{ got: '"c"' }] });
  });

  it('drafts a contract that the rows keep, whatever they are', async () => {
    const cell = fc.oneof(
      fc.constantFrom('', 'NA', 'nan', '?', '0', '1', 'true', '2024-01-01', '1e3', ' 7 ', 'x'),
      fc.double().map(String),
      fc.string({ maxLength: 3 }),
    );
    const row = fc.tuple(cell, cell, cell, fc.constantFrom('a', 'b'));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 4, maxLength: 60 }), async (rows) => {
        const header = ['p', 'q', 'r', 'label'];
        const contract = await drafted(header, rows, {
          label: 'label',
          task: 'multiclass-classification',
        });
        const { profile } = await profiled(sourceOf(header, rows), contract);
        for (const { name, nullable, missing, wrongType, outOfDomain } of profile.columns) {
          expect([name, wrongType.count, outOfDomain.count]).toEqual([name, 0, 0]);
          expect(nullable || missing.count === 0, name).toBe(true);
        }
      }),
    );
  });
});
