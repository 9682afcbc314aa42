import { expect, it } from 'vitest';
import { OwnLabels } from '../../../lambdas/serving/own-labels.ts';

const MODEL = { tenant: 'acme', model: 'risk' };
const VERSION = '0123456789abcdef';
const MINUTE_MS = 60_000;

function world() {
  const state = {
    now: 0,
    reads: [] as string[],
    labels: ['no', 'yes'],
    away: false,
    warned: [] as unknown[],
  };
  const labels = new OwnLabels(
    {
      labelsOf: async ({ tenant, model }, answered) => {
        state.reads.push(`${tenant}/${model}/${answered}`);
        if (state.away) throw new Error('away');
        return state.labels;
      },
    },
    () => state.now,
    { warn: (...said: unknown[]) => void state.warned.push(said) },
  );
  const of = async (model = MODEL) => [...(await labels.of(model, VERSION))];
  return { state, of };
}

it('reads the labels of a version once an hour', async () => {
  const { state, of } = world();
  expect([await of(), await of()]).toEqual([
    ['no', 'yes'],
    ['no', 'yes'],
  ]);
  state.labels = ['no', 'yes', 'perhaps'];
  state.now = 60 * MINUTE_MS;
  expect(await of()).toEqual(['no', 'yes', 'perhaps']);
  expect(state.reads).toHaveLength(2);
});

it('never takes those of another tenant or model', async () => {
  const { state, of } = world();
  await of();
  await of({ tenant: 'globex', model: 'risk' });
  await of({ tenant: 'acme', model: 'churn' });
  expect(state.reads).toEqual([
    `acme/risk/${VERSION}`,
    `globex/risk/${VERSION}`,
    `acme/churn/${VERSION}`,
  ]);
});

it('has none while they cannot be read, says so, tries again a minute later, and keeps what it knew', async () => {
  const { state, of } = world();
  state.away = true;
  expect([await of(), await of()]).toEqual([[], []]);
  expect(state.reads).toHaveLength(1);
  expect(state.warned).toEqual([
    ['own-labels-unread', { ...MODEL, answered: VERSION, fault: new Error('away') }],
  ]);
  state.now = MINUTE_MS;
  state.away = false;
  expect(await of()).toEqual(['no', 'yes']);
  state.now = 62 * MINUTE_MS;
  state.away = true;
  expect(await of()).toEqual(['no', 'yes']);
});
