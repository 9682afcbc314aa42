import { beforeEach, expect, it } from 'vitest';
import type { TaskTokens } from '#aws/task-tokens.ts';
import { wakeApprovals } from '../../../lambdas/access/wake-approvals.ts';
import { MemoryApprovals } from '../../support/memory-approvals.ts';
import { approvalOf } from '../../support/sample-release.ts';

let approvals: MemoryApprovals;
let woken: string[];

const wake = (tokens: TaskTokens['wake'] = answer('woken')) =>
  wakeApprovals({ approvals, tokens: { wake: tokens } })();

const answer =
  (outcome: 'woken' | 'nobody-waits'): TaskTokens['wake'] =>
  async (token) => {
    woken.push(token);
    return outcome;
  };

function closed(id: string): void {
  approvals.held.set(id, { ...approvalOf({ id, status: 'APPROVED' }), taskToken: `token-${id}` });
  approvals.unwokenIds.add(id);
}

beforeEach(() => {
  approvals = new MemoryApprovals();
  woken = [];
});

it('wakes every release whose approval closed while nobody told it, once', async () => {
  closed('a');
  closed('b');
  expect(await wake()).toEqual({ woken: 2 });
  expect(await wake()).toEqual({ woken: 0 });
  expect(woken).toEqual(['token-a', 'token-b']);
});

it('is done with a release that waits no longer', async () => {
  closed('a');
  await wake(answer('nobody-waits'));
  expect(approvals.unwokenIds.size).toBe(0);
});

it('keeps what it could not wake for the next run', async () => {
  closed('a');
  const broken = async () => {
    throw new Error('throttled');
  };
  await expect(wake(broken)).rejects.toThrow('throttled');
  expect([...approvals.unwokenIds]).toEqual(['a']);
});

it('leaves to the next run an approval that somebody else came to wait on', async () => {
  closed('a');
  const meanwhile: TaskTokens['wake'] = async () => {
    const held = approvals.held.get('a');
    if (held) approvals.held.set('a', { ...held, taskToken: 'newer' });
    return 'nobody-waits';
  };
  await wake(meanwhile);
  await wake();
  expect(woken).toEqual(['newer']);
});

it('takes fifty at a time', async () => {
  for (let i = 0; i < 60; i++) closed(`a${i}`);
  expect(await wake()).toEqual({ woken: 50 });
  expect(await wake()).toEqual({ woken: 10 });
});
