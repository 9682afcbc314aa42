import type { Approval } from '#domain/access/approval.ts';
import { digestKey, modelKey, versionKey } from '#domain/registry/keys.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import { quarantineCheck } from './activation.ts';
import { voidWrite } from './approvals.ts';
import { championKey } from './model-registry.ts';
import type { Quarantine } from './rollbacks.ts';
import { type Act, transitionWrites } from './version-changes.ts';
import { put, update, type Write } from './writes.ts';

/** A stable version, and the one before it that takes over again. */
export interface Takeover {
  readonly from: VersionRecord;
  /** The approval to void with it. */
  readonly approval: Approval | undefined;
  readonly to: VersionRecord;
  readonly reason: string;
}

/**
 * Moves stable to STAGING without its approval, and the one before it to PRODUCTION, where it is in
 * no quarantine. `successor` and `successor quarantine` name the conditions on the latter.
 */
export function takeoverWrites({ from, approval, to, reason }: Takeover, act: Act): Write[] {
  const { tenant, model, digest, version } = to;
  const coming = transitionWrites(
    {
      subject: to,
      digest,
      from: 'DEPRECATED',
      to: 'PRODUCTION',
      rev: to.rev,
      reason: `takes over from ${from.version}, which was rolled back`,
    },
    act,
  );
  return [
    ...leavingWrites(from, reason, act),
    ...coming.map((write) => ({ ...write, name: 'successor' })),
    { ...quarantineCheck(to, act), name: 'successor quarantine' },
    ...(approval ? [voidWrite(approval, act)] : []),
    update(
      'model',
      modelKey(to),
      { champion: version },
      { condition: 'attribute_exists(PK)', names: {}, values: {} },
    ),
    put(
      'alias',
      championKey(to),
      { tenant, model, version, digest },
      { condition: 'version = :before', values: { ':before': from.version } },
    ),
  ];
}

/** A version that failed meanwhile stays failed, and gives way all the same. */
const leavingWrites = (from: VersionRecord, reason: string, act: Act): Write[] =>
  from.state === 'PRODUCTION'
    ? transitionWrites(
        {
          subject: from,
          digest: from.digest,
          from: 'PRODUCTION',
          to: 'STAGING',
          rev: from.rev,
          reason: `rolled back: ${reason}`,
          fields: { approval: undefined },
        },
        act,
      )
    : voidingWrites(from, undefined, act);

/** Takes the approval from a version that keeps its stage: what people agreed to is no more. */
export function voidingWrites(
  version: VersionRecord,
  approval: Approval | undefined,
  act: Act,
): Write[] {
  if (version.approval === undefined) return [];
  return [
    update(
      'version',
      versionKey(version),
      { approval: undefined, updatedAt: act.at },
      {
        condition: 'digest = :d AND rev = :rev AND approval = :a',
        names: {},
        values: { ':d': version.digest, ':rev': version.rev, ':a': version.approval },
      },
    ),
    ...(approval ? [voidWrite(approval, act)] : []),
  ];
}

/** Keeps a digest out of every model's traffic until then, and counts that it was. */
export const quarantineWrite = (
  { tenant, digest }: Pick<VersionRecord, 'tenant' | 'digest'>,
  { quarantines }: Quarantine,
  quarantinedUntil: number,
): Write =>
  update(
    'quarantine',
    digestKey(tenant, digest),
    { quarantinedUntil, quarantines: (quarantines ?? 0) + 1 },
    quarantines === undefined
      ? {
          condition: 'attribute_exists(PK) AND attribute_not_exists(quarantines)',
          names: {},
          values: {},
        }
      : { condition: 'quarantines = :seen', names: {}, values: { ':seen': quarantines } },
  );
