import { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { failed } from '../failure.ts';
import { documented } from '../help.ts';
import { approvalView } from '../render/lists.ts';

interface Options {
  readonly comment?: string;
}

export const approveCommand = (act: Act): Command =>
  documented(
    new Command('approve')
      .description('vote for a version to go to production')
      .argument('<approval>', 'its id; see "assay approvals"')
      .option('--comment <text>', 'why; kept with the vote')
      .action(
        act((context, id: string, options: Options) => vote(context, 'approve', id, options)),
      ),
    ['approve 01JD… --comment "recall on the small clinic is fine"'],
  );

export const refuseCommand = (act: Act): Command =>
  documented(
    new Command('refuse')
      .description('vote against a version; one refusal closes its approval')
      .argument('<approval>', 'its id; see "assay approvals"')
      .requiredOption('--comment <text>', 'why; kept with the vote')
      .action(act((context, id: string, options: Options) => vote(context, 'refuse', id, options))),
    ['refuse 01JD… --comment "the holdout is from one clinic only"'],
  );

/** Votes on what the approval says now: the vote names its digest and policy. */
async function vote(
  { api, out }: Context,
  decision: 'approve' | 'refuse',
  id: string,
  { comment }: Options,
): Promise<ExitCode> {
  const client = await api();
  const approval = await client.approval(id);
  if (approval.status !== 'OPEN') {
    throw failed(
      {
        field: `approval ${id}`,
        got: approval.status,
        expected: 'OPEN',
        remedy: `see "assay status ${approval.model}@${approval.version}"`,
      },
      { exit: EXIT.refused },
    );
  }
  const { digest, policyHash } = approval;
  const ballot = { decision, digest, policyHash, ...(comment ? { comment } : {}) };
  const answer = await client.vote(id, ballot);
  out.result({ decision, ...answer, approval }, (value, style) =>
    [
      approvalView(value.approval, style),
      '',
      `voted to ${decision}: ${value.status}, ${value.approvals} of ${value.quorum} approve`,
    ].join('\n'),
  );
  return EXIT.ok;
}
