import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Written } from '#aws/registry-table.ts';
import type { Rollouts } from '#aws/rollouts.ts';
import type { Person } from '#domain/access/person.ts';
import { blockText } from '#domain/rollout/next-move.ts';
import { stepOf } from '#domain/rollout/progress.ts';
import type { PromotionBlock, Question, RolloutRecord } from '#domain/rollout/record.ts';
import { act } from '../act.ts';
import { Refused } from './problem.ts';

interface Ports {
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly rollouts: Pick<Rollouts, 'allow'>;
}

interface Leave {
  readonly reason: string;
  /** Since when the block stands that the caller knows of. */
  readonly despite: string | undefined;
}

/** The question that leave answers. */
interface Answered {
  readonly step: number;
  /** Of the block that it names. */
  readonly since: string | undefined;
}

/**
 * Lets the next step begin without evidence, and despite the block that the question names, which is
 * not for whoever submitted the version. Written anew after others' changes, it still answers the
 * question that stood first, and none that came later.
 */
export function leaveBy(
  { registry, rollouts }: Ports,
  { id }: Person,
  { reason, despite }: Leave,
): (record: RolloutRecord) => Promise<Written | undefined> {
  let answered: Answered | undefined;
  return async (record) => {
    const { submitter } = (await registry.version(record)) ?? {};
    if (submitter === id) throw bySubmitter(id, record);
    const step = stepOf(record) + 1;
    const { asked } = record;
    answered ??= { step, since: despite ?? asked?.block?.since };
    if (answered.step !== step) throw hasBegun();
    if (asked) {
      if (asked.block?.since !== answered.since) throw anotherBlock(asked, answered);
      if (asked.block && asked.block.since === undefined) throw sinceUnknown(asked.block);
      return rollouts.allow(record, step, act(id), reason);
    }
    if (record.allowedStep !== step) throw nothingAsked();
    if (answered.since !== undefined && record.despite?.since !== answered.since) {
      throw otherLeave(record, answered);
    }
    return undefined;
  };
}

const bySubmitter = (id: string, { model, version }: RolloutRecord): Refused =>
  new Refused(
    403,
    `${id} submitted ${model}@${version} and cannot let it go on without evidence; ask somebody else`,
  );

const hasBegun = (): Refused =>
  new Refused(
    409,
    'the step that leave was for has begun meanwhile; look at the rollout, and ask again if it asks about another',
  );

const anotherBlock = ({ reason }: Question, { since }: Answered): Refused =>
  new Refused(
    409,
    `got leave despite ${since === undefined ? 'no block' : `the block since ${since}`}, but the rollout asks about another block, or none: ${reason}; look at what it asks, and ask again`,
  );

/** Whatever blocks since an unknown time by then would pass by it. */
const sinceUnknown = (block: PromotionBlock): Refused =>
  new Refused(
    409,
    `${blockText(block)}, which no leave can cover; the model's next check tells since when: mend what keeps it from being made, and ask again`,
  );

const otherLeave = ({ despite }: RolloutRecord, { since }: Answered): Refused =>
  new Refused(
    409,
    `got leave despite the block since ${since}, but the rollout asks nothing: leave was given already, despite ${despite ? `another block (${blockText(despite)})` : 'no block'}; wait: if a block holds it back, it asks about that one`,
  );

const nothingAsked = (): Refused =>
  new Refused(
    409,
    'the rollout asks for no decision: it goes on by itself once there is evidence enough; wait, or abort it',
  );
