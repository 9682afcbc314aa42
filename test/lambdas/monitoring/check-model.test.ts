import { beforeEach, describe, expect, it } from 'vitest';
import { checkModels } from '../../../lambdas/monitoring/check-model.ts';
import { checkOneModel } from '../../../lambdas/monitoring/check-one-model.ts';
import { busyWorld, type CheckWorld } from './check-world.ts';

let world: CheckWorld;
beforeEach(() => {
  world = busyWorld();
});

describe('a batch', () => {
  const record = (messageId: string, body: unknown) => ({
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const errors: unknown[] = [];
  const run = (Records: readonly { messageId: string; body: string }[]) =>
    checkModels({
      check: checkOneModel(world.ports),
      log: { error: (...args: unknown[]) => void errors.push(args) },
    })({ Records: [...Records] });

  it('has each model checked by itself: what cannot be read, or faults, comes again alone', async () => {
    world.add('broken');
    world.broken.add('window of broken');
    const { batchItemFailures, outcomes } = await run([
      record('1', 'no JSON'),
      record('2', { tenant: 'acme' }),
      record('3', world.message({ model: 'broken' })),
      record('4', world.message()),
    ]);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '2', '3']);
    expect(outcomes).toMatchObject([{ model: 'churn', outcome: 'checked' }]);
    expect(errors).toHaveLength(3);
  });

  it('of 500 models checks all but one whose window is broken, beside a poisoned message', async () => {
    const models = Array.from({ length: 500 }, (_, i) => `model-${i}`);
    for (const model of models) world.add(model);
    world.broken.add('window of model-250');
    const bodies: unknown[] = models.map((model) => world.message({ model }));
    bodies.splice(100, 0, '{"tenant":');
    const failed: string[] = [];
    for (let at = 0; at < bodies.length; at += 5) {
      const batch = bodies.slice(at, at + 5).map((body, i) => record(String(at + i), body));
      const { batchItemFailures } = await run(batch);
      failed.push(...batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    }
    expect(failed).toEqual(['100', '251']);
    const checked = models.filter((model) => world.stateOf(model)?.latest !== undefined);
    expect(checked).toHaveLength(499);
    expect(world.published).toHaveLength(499);
  });
});
