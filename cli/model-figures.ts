import type { Api } from './api.ts';
import { ApiFailure } from './api-answer.ts';
import type { Monitored, Report } from './monitoring-schemas.ts';
import type { RolloutBrief } from './rollout-schemas.ts';

/** What the dashboard draws of one model, as its latest reports have it. */
export interface ModelFigures {
  readonly model: string;
  readonly version?: string | null | undefined;
  readonly accuracy?: Report['accuracy'];
  readonly service?: Report['service'];
  /** The shortest window of the latest check of drift. */
  readonly window?: Report['windows'][number] | undefined;
  /** The version on trial and its share of the users. */
  readonly trial?: Pick<RolloutBrief, 'version' | 'share'> | undefined;
}

/** Each kind of check comes at least once in so many. */
const LATEST = 24;

export async function figuresOf(client: Api, { model, version }: Monitored): Promise<ModelFigures> {
  const [headlines, trial] = await Promise.all([
    client.headlines(model, LATEST),
    trialOf(client, model),
  ]);
  const latest = ['health', 'performance', 'drift'].flatMap(
    (kind) => headlines.find(({ kinds }) => kinds.includes(kind))?.id ?? [],
  );
  const reports = await Promise.all([...new Set(latest)].map((id) => client.report(model, id)));
  const newest = reports.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return {
    model,
    version,
    accuracy: newest.find(({ accuracy }) => accuracy)?.accuracy,
    service: newest.find(({ service }) => service)?.service,
    window: newest.find(({ windows }) => windows.length > 0)?.windows[0],
    trial,
  };
}

/** Undefined where no rollout is under way. */
async function trialOf(client: Api, model: string): Promise<ModelFigures['trial']> {
  try {
    const { status, version, share } = await client.rollout(model);
    return status === 'RUNNING' ? { version, share } : undefined;
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined;
    throw error;
  }
}
