import type { Approval, VersionSummary } from '../api-schemas.ts';
import type { Style } from '../output.ts';
import { table } from './table.ts';
import { ago, cut, mark, span } from './text.ts';

export interface ListedModel {
  readonly model: string;
  readonly champion?: string | null | undefined;
  readonly versions: readonly VersionSummary[];
}

/** Models with their versions, newest first. */
export function modelsView(models: readonly ListedModel[], { colors, now }: Style): string {
  if (models.length === 0) return 'no models yet; register one with "assay register DIR"';
  return table(
    ['MODEL', 'VERSION', 'STAGE', 'DIGEST', 'SUBMITTER', 'CHANGED'],
    models.flatMap(({ model, champion, versions }) =>
      versions.map((version, at) => [
        at === 0 ? model : '',
        version.version + (version.version === champion ? ' (champion)' : ''),
        version.state,
        version.digest.slice(0, 12),
        cut(version.submitter, 20),
        ago(version.updatedAt, now),
      ]),
    ),
    colors,
  );
}

export function approvalsView(approvals: readonly Approval[], { colors, now }: Style): string {
  if (approvals.length === 0) return 'no approval is open';
  return table(
    ['APPROVAL', 'VERSION', 'VOTES', 'SUBMITTER', 'EXPIRES IN', 'GATES'],
    approvals.map((approval) => [
      approval.id,
      `${approval.model}@${approval.version}`,
      `${approval.approvers.length} of ${approval.quorum}`,
      cut(approval.submitter, 20),
      span(Date.parse(approval.expiresAt) - now),
      gatesPassed(approval),
    ]),
    colors,
  );
}

function gatesPassed({ evidence = [] }: Approval): string {
  return `${evidence.filter(({ verdict }) => verdict === 'pass').length} of ${evidence.length} pass`;
}

/** What a vote is about, shown before and with its result. */
export function approvalView(approval: Approval, { colors, now }: Style): string {
  const { id, model, version, digest, policyHash, submitter, expiresAt, evidence = [] } = approval;
  return [
    `${colors.bold(`${model}@${version}`)}  approval ${id}`,
    `  digest     ${digest}`,
    `  policy     ${policyHash}`,
    `  submitted  by ${submitter}`,
    `  votes      ${approval.approvers.map(({ person }) => person).join(', ') || 'none yet'}; ${approval.quorum} needed, expires in ${span(Date.parse(expiresAt) - now)}`,
    ...evidence.map(({ gate, verdict }) => `  ${mark(verdict, colors)} ${gate} ${verdict}`),
  ].join('\n');
}
