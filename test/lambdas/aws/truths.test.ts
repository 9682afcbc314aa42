import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sumTruths } from '#aws/truth-writes.ts';
import { type LateTruth, Truths } from '#aws/truths.ts';
import type { Truth } from '#domain/monitoring/truth/truth.ts';
import { OTHER } from '#domain/monitoring/truth/vocabulary.ts';
import { parseDigest } from '#domain/registry/digest.ts';
import type { Decision } from '#domain/serving/decision.ts';
import { ConditionalTable } from '../../support/conditional-table.ts';
import {
  cancelled,
  dynamo,
  lastWrites,
  staticFaults,
  writeTo,
} from '../../support/transactions.ts';

const HOUR_MS = 3_600_000;
const HOUR = 497_222;
const NOW = HOUR * HOUR_MS + 1_000;
const EXPIRES = Math.floor(NOW / 1000) + 90 * 86_400;
const MODEL = { tenant: 'acme', model: 'risk' };
const DIGEST = parseDigest('0123456789abcdef'.repeat(4));
const VERSION = '0123456789abcdef';
const SUM = `T#acme#G#risk S#${VERSION}#0000${HOUR}#classes#1`;

const truths = () => new Truths('metrics', new DynamoDBClient({ region: 'eu-west-1' }), () => NOW);

const unit = (n: number): string => n.toString(16).padStart(8, '0').padEnd(32, 'f');
const decision = (n: number, more: Partial<Decision> = {}): LateTruth['decision'] => ({
  ...{ ...MODEL, generation: 0, trial: `served/${VERSION}`, arm: 'stable' },
  ...{ unit: unit(n), by: 'user', at: NOW, answered: VERSION, ...more },
});
const right: Truth = { kind: 'classes', truth: 'yes', predicted: 'yes', groups: {} };
const wrong: Truth = { ...right, truth: 'no' };
const late = (n: number, truth: Truth = right, more: Partial<Decision> = {}): LateTruth => ({
  decision: decision(n, more),
  truth,
});
/** Of numbers with up to 18 digits, of which DynamoDB packs two in a byte. */
const sizeOf = (tally: object): number =>
  Object.keys(tally).reduce((size, name) => size + name.length + 10, 0);
const predictions = {
  kind: 'classes',
  classes: ['no', 'yes'].map((label) => ({ label, truth: 1, answered: 1 })),
  unknown: 0,
} as const;

describe('Truths.add', () => {
  beforeEach(() => {
    dynamo.reset();
    dynamo.on(TransactWriteCommand).resolves({});
  });

  it('marks the unit, and adds to the sums of its hour and its group, at once', async () => {
    const truth: Truth = { ...right, probability: 0.72, groups: { sex: 'f' } };
    expect(await truths().add(MODEL, [late(1, truth)])).toEqual(['accepted']);
    const marker = `T#acme#G#risk U#${VERSION}#0000${HOUR}#${unit(1)}`;
    expect(lastWrites().map(({ key }) => key)).toEqual([marker, SUM, `${SUM}#sex#f`]);
    expect(writeTo(marker)).toMatchObject({
      kind: 'Put',
      condition: 'attribute_not_exists(PK)',
      item: { expiresAt: EXPIRES },
    });
    const { names, values, update } = writeTo(SUM);
    const added = Object.fromEntries(
      [...update.matchAll(/(#\w+) (:\w+)/g)].map(([, name = '', value = '']) => [
        names[name],
        values[value],
      ]),
    );
    expect(added).toEqual({
      ...{ rows: 1n, scores: 1_000_000n, squares: 1_000_000_000_000n, 'truth:yes': 1n },
      ...{ 'bin:14:rows': 1n, 'bin:14:sum': 720_000n, 'bin:14:right': 1n, 'bin:14:truth:yes': 1n },
      ...{ labels: new Set(['yes']), attributes: new Set(['sex']), 'in:sex': new Set(['f']) },
    });
  });

  it('writes what DynamoDB takes, however many groups and names there are', async () => {
    const busy = Array.from({ length: 40 }, (_, i): LateTruth => {
      const of = (name: string) => [`${name}${i % 14}`.padEnd(40, 'x'), `v"#:${i}`.padEnd(40, 'é')];
      const groups = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map(of));
      const [truth, predicted] = [`t${i}`.padEnd(128, 'y'), `p${i}`.padEnd(128, 'z')];
      const probability = (i % 20) / 20;
      const at = NOW - (i % 3) * HOUR_MS;
      return late(i, { kind: 'classes', truth, predicted, probability, groups }, { at });
    });
    await truths().add(MODEL, busy);
    for (const { args } of dynamo.commandCalls(TransactWriteCommand)) {
      const writes = args[0].input.TransactItems ?? [];
      expect(writes.length).toBeLessThanOrEqual(100);
      for (const { Update } of writes) {
        // Of any expression; a condition has at most 300 operators.
        expect((Update?.UpdateExpression ?? '').length).toBeLessThanOrEqual(4096);
        expect((Update?.ConditionExpression ?? '').length).toBeLessThanOrEqual(4096);
        const operators = Update?.ConditionExpression?.match(/AND|OR|contains|size|exists|<=/g);
        expect(operators?.length ?? 0).toBeLessThanOrEqual(300);
      }
    }
    expect(staticFaults().filter((fault) => !fault.endsWith('no condition'))).toEqual([]);
  });

  it('tries again when another writer was in the way, and gives up in the end', async () => {
    const conflict = cancelled('None', 'TransactionConflict');
    dynamo.on(TransactWriteCommand).rejectsOnce(conflict).resolves({});
    expect(await truths().add(MODEL, [late(1)])).toEqual(['accepted']);
    dynamo.on(TransactWriteCommand).rejects(conflict);
    const quick = truths();
    await expect(quick.add(MODEL, [late(1)])).rejects.toThrow('met other writers 8 times');
  });

  it('has one time for all truths of a post, and gives up when it is over', async () => {
    let now = NOW;
    const conflicted = new Set([0, 2, 3, 4]);
    let sent = 0;
    dynamo.on(TransactWriteCommand).callsFake(async () => {
      now += 2_000;
      if (conflicted.has(sent++)) throw cancelled('None', 'TransactionConflict');
      return {};
    });
    const patient = new Truths('metrics', new DynamoDBClient({ region: 'eu-west-1' }), () => now);
    const all = Array.from({ length: 30 }, (_, i) => late(i));
    await expect(patient.add(MODEL, all)).rejects.toThrow(
      'truths of risk met other writers 1 times',
    );
    expect(now - NOW).toBeLessThan(7_000);
  });

  it('fits into what DynamoDB takes, though sums are as full as they get', async () => {
    await truths().add(
      MODEL,
      Array.from({ length: 40 }, (_, i) => late(i)),
    );
    const [first] = dynamo.commandCalls(TransactWriteCommand);
    const together = first?.args[0].input.TransactItems?.filter(({ Put }) => Put).length ?? 0;
    const long = (name: string) => name.padEnd(128, 'x');
    const own = Array.from({ length: 64 }, (_, i) => `own ${i}`.padEnd(16, 'y'));
    const labels = [...own, ...Array.from({ length: 70 }, (_, i) => long(`label ${i}`))];
    const all = Array.from({ length: labels.length * 20 }, (_, i): Truth => {
      const label = labels[i % labels.length] ?? '';
      const groups = Object.fromEntries(
        Array.from({ length: 6 }, (_, a) => [long(`attribute ${a}`), long(`group ${i % 25}`)]),
      );
      const probability = (Math.floor(i / labels.length) + 0.5) / 20;
      return { kind: 'classes', truth: label, predicted: label, probability, groups };
    });
    const { rows, groups, learned } = sumTruths(all, undefined, new Set(own));
    const sum =
      sizeOf(rows) +
      [...learned].reduce((size, [of, names]) => {
        return size + of.length + [...names].reduce((bytes, name) => bytes + name.length + 1, 0);
      }, 0);
    const group =
      1024 + sizeOf(Object.fromEntries(groups.flatMap(({ tally }) => Object.entries(tally))));
    expect(groups).toHaveLength(5 * 21);
    expect(sum).toBeLessThan(400_000);
    expect(together).toBeGreaterThan(0);
    expect(together * (sum + 5 * group)).toBeLessThan(4_000_000);
  });

  it.each([
    ['a fault', new Error('away')],
    ['a transaction that no try mends', cancelled('None', 'ValidationError')],
  ])('lets %s through', async (_, fault) => {
    dynamo.on(TransactWriteCommand).rejects(fault);
    await expect(truths().add(MODEL, [late(1)])).rejects.toBe(fault);
  });

  it('sends nothing for nothing', async () => {
    expect(await truths().add(MODEL, [])).toEqual([]);
    expect(dynamo.commandCalls(TransactWriteCommand)).toEqual([]);
  });
});

describe('truths in a table whose conditions decide', () => {
  beforeAll(() => dynamo.restore());
  let table: ConditionalTable;
  beforeEach(() => {
    table = new ConditionalTable();
  });
  const of = (model = MODEL, from = HOUR, to = HOUR + 1) =>
    truths().of(model, DIGEST, from, to, predictions);

  it('are summed by the hour of the answer, and read by hours', async () => {
    await truths().add(MODEL, [
      late(1),
      late(2, wrong),
      late(3, right, { at: NOW - HOUR_MS }),
      late(4, right, { at: NOW - 2 * HOUR_MS }),
    ]);
    const found = await of(MODEL, HOUR - 1, HOUR + 1);
    expect([...found.keys()].toSorted()).toEqual([HOUR - 1, HOUR]);
    expect(found.get(HOUR)).toMatchObject({ rows: 2, score: 1, labels: { yes: 1, no: 1 } });
    expect(found.get(HOUR - 1)).toMatchObject({ rows: 1, score: 1 });
  });

  it('count each unit of a version once in an hour, whatever comes how often, in any order', async () => {
    const hours = [HOUR - 1, HOUR];
    const any = fc.record({
      n: fc.nat(5),
      hour: fc.constantFrom(...hours),
      truth: fc.constantFrom(right, wrong, { ...wrong, groups: { sex: 'f' } }),
      answered: fc.constantFrom(VERSION, 'fedcba9876543210'),
    });
    const posts = fc.array(fc.array(any, { maxLength: 6 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(posts, async (all) => {
        table = new ConditionalTable();
        const sent = all.map((post) =>
          post.map(({ n, hour, truth, answered }) =>
            late(n, truth, { at: hour * HOUR_MS, answered }),
          ),
        );
        // Twice at once, as after an answer that was lost.
        const added = await Promise.all(
          [...sent, ...sent].map((post) => truths().add(MODEL, post)),
        );
        const units = new Set(
          sent
            .flat()
            .map((one) => `${one.decision.answered} ${one.decision.at} ${one.decision.unit}`),
        );
        expect(added.flat().filter((one) => one === 'accepted')).toHaveLength(units.size);
        for (const hour of hours) {
          const mine = [...units].filter((one) => one.startsWith(`${VERSION} ${hour * HOUR_MS} `));
          const rows = (await of(MODEL, hour, hour + 1)).get(hour)?.rows ?? 0;
          expect(rows).toBe(mine.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('of two tenants or models never meet', async () => {
    await truths().add(MODEL, [late(1)]);
    expect((await of({ tenant: 'globex', model: 'risk' })).size).toBe(0);
    expect((await of({ tenant: 'acme', model: 'churn' })).size).toBe(0);
    expect(await truths().add({ tenant: 'globex', model: 'risk' }, [late(1)])).toEqual([
      'accepted',
    ]);
    expect((await of()).get(HOUR)?.rows).toBe(1);
  });

  it('complete a post of which a part was written before a fault', async () => {
    const all = Array.from({ length: 30 }, (_, i) => late(i));
    let sent = 0;
    table.before = async () => {
      if (++sent === 2) throw new Error('away');
    };
    await expect(truths().add(MODEL, all)).rejects.toThrow('away');
    const added = await truths().add(MODEL, all);
    expect(added.filter((one) => one === 'repeated')).toHaveLength(8);
    expect((await of()).get(HOUR)?.rows).toBe(30);
  });

  it('keep 20 values of an attribute in an hour, and count the others as one', async () => {
    for (let i = 0; i < 30; i++) {
      // Units whose sums share a shard.
      await truths().add(MODEL, [late(8 * i, { ...right, groups: { zip: `z${i}` } })]);
    }
    await truths().add(MODEL, [late(800, { ...wrong, groups: { zip: 'z0' } })]);
    const groups = (await of()).get(HOUR)?.groups ?? [];
    expect(groups).toHaveLength(21);
    expect(groups.find(({ group }) => group === OTHER)?.rows).toBe(10);
    expect(groups.find(({ group }) => group === 'z0')).toMatchObject({
      ...{ rows: 2, selected: 2, positives: 1, falsePositives: 1 },
    });
    expect([...table.items.keys()].filter((key) => key.includes('#zip#'))).toHaveLength(21);
  });

  it('keep five attributes and 64 labels of an hour, so that no item grows without end', async () => {
    for (let i = 0; i < 8; i++) {
      await truths().add(MODEL, [late(8 * i, { ...right, groups: { [`a${i}`]: 'x' } })]);
    }
    const labels = Array.from({ length: 80 }, (_, i) =>
      late(1000 + i, { ...right, truth: `t${i}` }),
    );
    for (const one of labels) {
      const shared = { ...one.decision, unit: unit(8 * (2000 + labels.indexOf(one))) };
      await truths().add(MODEL, [{ ...one, decision: shared }]);
    }
    const sums = (await of()).get(HOUR);
    expect(sums?.groups).toHaveLength(5);
    expect(Object.keys(sums?.labels ?? {})).toHaveLength(65);
    expect(sums?.labels[OTHER]).toBe(17);
    expect(sums?.rows).toBe(88);
  });

  it('always have room for the labels of the version, whatever clients posted before', async () => {
    const own = new Set(['yes', 'no']);
    const post = (n: number, truth: string) =>
      truths().add(MODEL, [late(8 * n, { ...right, truth })], () => own);
    for (let i = 0; i < 80; i++) await post(i, `junk ${i}`);
    await post(100, 'yes');
    await post(101, 'no');
    const labels = (await of()).get(HOUR)?.labels ?? {};
    expect(labels).toMatchObject({ yes: 1, no: 1, [OTHER]: 16 });
    expect(Object.keys(labels)).toHaveLength(64 + 2 + 1);
    const stored = [...table.items.values()].flatMap((item) => item.labels ?? []);
    expect(stored).toMatchObject([{ size: 64 }]);
  });

  it('tell the labels of each version apart by its own', async () => {
    const other = 'fedcba9876543210';
    const own = (answered: string) => new Set(answered === VERSION ? ['yes'] : []);
    for (const answered of [VERSION, other]) {
      for (let i = 0; i < 64; i++) {
        const junk = { ...right, truth: `junk ${i}` };
        await truths().add(MODEL, [late(8 * i, junk, { answered })], own);
      }
      await truths().add(MODEL, [late(800, right, { answered })], own);
    }
    const digest = parseDigest('fedcba9876543210'.repeat(4));
    const others = await truths().of(MODEL, digest, HOUR, HOUR + 1, predictions);
    expect((await of()).get(HOUR)?.labels).toMatchObject({ yes: 1 });
    expect(others.get(HOUR)?.labels).toMatchObject({ [OTHER]: 1 });
  });

  it('of numbers are never taken for classes, nor the other way round', async () => {
    await truths().add(MODEL, [
      late(1),
      late(2, { kind: 'values', truth: 1, predicted: 0, groups: {} }),
    ]);
    expect((await of()).get(HOUR)).toMatchObject({ rows: 1, score: 1 });
    const empty = { kind: 'empty', missing: 0 } as const;
    const values = { kind: 'values', truth: empty, answered: empty } as const;
    const found = await truths().of(MODEL, DIGEST, HOUR, HOUR + 1, values);
    expect(found.get(HOUR)).toMatchObject({ rows: 1, score: -1, labels: {} });
  });

  it('tell of no probability or favourable answer where no profile says which that is', async () => {
    await truths().add(MODEL, [late(1, { ...right, probability: 0.9, groups: { sex: 'f' } })]);
    const found = (await truths().of(MODEL, DIGEST, HOUR, HOUR + 1)).get(HOUR);
    expect(found?.scored.counts[17]).toBe(0);
    expect(found?.groups).toMatchObject([{ rows: 1, score: 1, selected: 0, positives: 0 }]);
  });
});
