import type { Decisions } from './decisions.ts';
import type { Shadowing } from './locate.ts';
import type { Request } from './request.ts';
import { copyText } from './shadow-copy.ts';

/** Sends a copy of the request to the version in shadow; never rejects, and harms no request. */
export type Mirror = (request: Request, shadow: Shadowing) => Promise<void>;

/** @param send takes the copy's JSON. */
export const mirrorBy =
  (send: (event: string) => Promise<void>, decisions: Pick<Decisions, 'unitOf'>): Mirror =>
  async ({ tenant, model, question, tally }, { generation, version }) => {
    const { asker, body } = question;
    const { digest } = version;
    const { requestId, userId } = asker;
    const unit = userId === undefined ? undefined : await decisions.unitOf(tenant, userId);
    const named = { requestId, ...(unit && { unit }) };
    const copy = copyText({ tenant, model, generation, digest, ...named }, body);
    if (copy === undefined) {
      tally.add(version.version, 'ShadowSkipped');
      return;
    }
    await send(copy).catch(() => tally.add(version.version, 'ShadowUnsent'));
  };
