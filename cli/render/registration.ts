import type { Problem } from '#domain/registry/problem.ts';
import { problemText } from '#domain/registry/problem.ts';
import type { VersionDetail } from '../api-schemas.ts';
import type { Style } from '../output.ts';
import { statusView } from './status.ts';

/** How far an upload got. */
export interface Registration {
  /** REFUSED: the folder itself, before anything was uploaded; UPLOADED: not waited for. */
  readonly outcome: 'REFUSED' | 'UPLOADED' | 'REGISTERED' | 'KNOWN' | 'REJECTED' | 'FAULTED';
  readonly model?: string;
  readonly version?: string;
  readonly digest?: string;
  readonly key?: string;
  readonly versionId?: string;
  readonly problems?: readonly Problem[];
  readonly status?: VersionDetail;
}

export function registrationView(result: Registration, style: Style): string {
  const { outcome, model, version, digest, problems = [], status } = result;
  const { colors } = style;
  switch (outcome) {
    case 'REFUSED':
      return listed(colors.red('refused before upload'), problems);
    case 'REJECTED':
      return listed(`${colors.red('rejected')}  ${model}`, problems);
    case 'FAULTED':
      return listed(`${colors.red('the platform failed on it')}  ${model}`, problems);
    case 'UPLOADED':
      return [
        `${colors.green('uploaded')}  ${model}, digest ${digest}`,
        `  key         ${result.key}`,
        `  version id  ${result.versionId}`,
        `  follow it   assay status ${model}`,
      ].join('\n');
    case 'KNOWN':
    case 'REGISTERED': {
      const note = `these bytes are registered already, as ${model}@${version}`;
      return [
        ...(outcome === 'KNOWN' ? [note, ''] : []),
        status ? statusView(status, style) : '',
      ].join('\n');
    }
  }
}

const listed = (head: string, problems: readonly Problem[]): string =>
  [head, ...problems.map((problem) => `  ${problemText(problem)}`)].join('\n');
