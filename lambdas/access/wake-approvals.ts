import * as z from 'zod/mini';
import { Approvals } from '#aws/approvals.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { TaskTokens } from '#aws/task-tokens.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

interface Ports {
  readonly approvals: Pick<Approvals, 'unwoken' | 'woken'>;
  readonly tokens: Pick<TaskTokens, 'wake'>;
}

/** More closed approvals than this at once are left to the next run, five minutes later. */
const PAGE = 50;

/**
 * Wakes releases whose approval closed while nobody could tell them: the vote that closes an
 * approval may die before it sends the wake-up.
 */
export const wakeApprovals =
  ({ approvals, tokens }: Ports) =>
  async (): Promise<{ readonly woken: number }> => {
    const { items } = await approvals.unwoken(PAGE);
    for (const approval of items) {
      await tokens.wake(approval.taskToken);
      await approvals.woken(approval, act('wake-approvals'));
    }
    return { woken: items.length };
  };

export const handler = entry(z.unknown(), () =>
  wakeApprovals({
    approvals: new Approvals(new RegistryTable(env('REGISTRY_TABLE'))),
    tokens: new TaskTokens(),
  }),
);
