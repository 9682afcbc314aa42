import * as z from 'zod/mini';
import { RegistryTable } from '#aws/registry-table.ts';
import { Rollouts } from '#aws/rollouts.ts';
import { Routes } from '#aws/routes.ts';
import { harmOf } from '#domain/rollout/harm.ts';
import type { RolloutRecord } from '#domain/rollout/record.ts';
import type { RolloutRef } from '#domain/rollout/rollout-ref.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';
import { rolloutInput } from './rollout-input.ts';
import { type Rollback, rollbackOf, withdrawalOf } from './withdrawal.ts';

const Input = z.strictObject({
  ...rolloutInput,
  fault: z.object({ Error: z.nullish(z.string()), Cause: z.nullish(z.string()) }),
});

/** What a Choice routes on. */
type Failed = { readonly outcome: 'nothing' } | ({ readonly outcome: 'withdraw' } & Rollback);

interface Ports {
  readonly rollouts: Pick<Rollouts, 'get' | 'end'>;
  readonly routes: Pick<Routes, 'of'>;
}

/** Changes of the record by people that may come between reading and writing. */
const TURNS = 5;
const SHOWN_CHARACTERS = 800;

/** Records that a rollout broke off, and asks for what it tries to be withdrawn at once. */
export const failRollout =
  (ports: Ports) =>
  async ({ rollout, execution, fault }: z.infer<typeof Input>): Promise<Failed> => {
    const reason = `the rollout broke off: ${fault.Error ?? 'fault'}: ${(fault.Cause ?? 'no cause given').slice(0, SHOWN_CHARACTERS)}`;
    const record = await ended(ports.rollouts, rollout, execution, reason);
    const route = await ports.routes.of(rollout);
    const { candidate, generation = 0 } = route ?? {};
    const began = record?.steps[0]?.generation;
    if (!record || candidate?.digest !== record.digest || candidate.since !== began) {
      return { outcome: 'nothing' };
    }
    const { id, actor } = act('fail-rollout');
    const asked = { id, actor, generation };
    // What broke off may have been the start of a rollback: then harm was found, and stays.
    const rollback =
      record.last?.outcome === 'FAIL'
        ? rollbackOf(record, { ...asked, ...harmOf(record, generation) })
        : withdrawalOf(record, { ...asked, reason });
    return { outcome: 'withdraw', ...rollback };
  };

/** The record as FAULTED; undefined where there is none, or it is another's to end. */
async function ended(
  rollouts: Ports['rollouts'],
  rollout: RolloutRef,
  execution: string,
  reason: string,
): Promise<RolloutRecord | undefined> {
  for (let turn = 0; turn < TURNS; turn++) {
    const record = await rollouts.get(rollout, rollout.id);
    if (record?.execution !== execution) return undefined;
    if (record.status === 'FAULTED') return record;
    if (record.status !== 'RUNNING') return undefined;
    const now = act('fail-rollout');
    const ending = { status: 'FAULTED', by: now.actor, reason } as const;
    if ((await rollouts.end(record, ending, now)).ok) return record;
  }
  throw new Error(`rollout ${rollout.id} changed ${TURNS} times while it was ended; retry`);
}

export const handler = entry(Input, () => {
  const table = new RegistryTable(env('REGISTRY_TABLE'));
  return failRollout({ rollouts: new Rollouts(table), routes: new Routes(table) });
});
