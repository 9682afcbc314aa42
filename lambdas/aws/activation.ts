import { aboutVersion } from '#domain/audit/entry.ts';
import type { Holdout } from '#domain/gates/policy.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { approvalKey, digestKey, modelKey } from '#domain/registry/keys.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { PromotionBlock } from '#domain/rollout/record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Seen } from '#domain/serving/routing/transition.ts';
import { championKey } from './model-registry.ts';
import { everyModelOf, type PolicyLayers, policyCheck, policyWrites } from './policies.ts';
import { blockCheck } from './promotion-blocks.ts';
import type { RegistryTable, Written } from './registry-table.ts';
import { routeWrite } from './routes.ts';
import { type Act, transitionWrites } from './version-changes.ts';
import { check, put, update, type Write } from './writes.ts';

/** Everything that must be true, and everything that becomes true, when a version takes over. */
export interface Activation {
  readonly version: VersionRecord;
  readonly predecessor: VersionRecord | undefined;
  /** The route by which it is stable, and the one that this was made from, if there was any. */
  readonly route: RouteDocument;
  readonly seen: Seen | undefined;
  readonly approval: string;
  readonly policyHash: Digest;
  /** What makes up the policy that the version was judged by. */
  readonly layers: PolicyLayers;
  /** Judging data to pin, which the approvers of a model's first version agreed to. */
  readonly pin: Holdout | undefined;
  /** The block that a person lets it take over despite. */
  readonly despite?: PromotionBlock | undefined;
}

/** Puts versions in production. */
export class Activations {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  /**
   * Moves a version to PRODUCTION and its predecessor to DEPRECATED, in one transaction.
   * @param also what else becomes true by it, such as the end of its rollout.
   */
  activate(activation: Activation, act: Act, also: readonly Write[] = []): Promise<Written> {
    const { version, predecessor, route, seen, despite } = activation;
    const { tenant, model, digest } = version;
    const stable = { version: version.version, digest };
    return this.#table.transact(
      {
        ...act,
        type: 'version.state.changed',
        ...aboutVersion(version),
        data: {
          digest,
          from: 'STAGING',
          to: 'PRODUCTION',
          approval: activation.approval,
          policyHash: activation.policyHash,
          predecessor: predecessor?.version,
          generation: route.generation,
        },
      },
      [
        ...transitionWrites(
          { subject: version, digest, from: 'STAGING', to: 'PRODUCTION', rev: version.rev },
          act,
        ).map(named('version')),
        ...(predecessor
          ? transitionWrites(
              {
                subject: predecessor,
                digest: predecessor.digest,
                from: 'PRODUCTION',
                to: 'DEPRECATED',
                rev: predecessor.rev,
                reason: `superseded by ${version.version}`,
              },
              act,
            ).map(named('predecessor'))
          : []),
        approvalCheck(version, activation),
        quarantineCheck(version, act),
        blockCheck(version, predecessor?.digest, despite),
        update(
          'model',
          modelKey(version),
          { champion: version.version },
          { condition: 'attribute_exists(PK)', names: {}, values: {} },
        ),
        ...policyAsApproved(activation, act),
        put(
          'alias',
          championKey(version),
          { tenant, model, ...stable },
          {
            condition: predecessor ? 'version = :before' : 'attribute_not_exists(PK)',
            ...(predecessor && { values: { ':before': predecessor.version } }),
          },
        ),
        routeWrite(route, seen),
        ...also,
      ],
    );
  }
}

/** Requires people's approval of this digest under this policy to stand. */
export const approvalCheck = (
  { tenant, digest }: Pick<VersionRecord, 'tenant' | 'digest'>,
  { approval, policyHash }: Pick<Activation, 'approval' | 'policyHash'>,
): Write =>
  check('approval', approvalKey(tenant, approval), {
    condition: '#status = :approved AND digest = :digest AND policyHash = :policy',
    names: { '#status': 'status' },
    values: { ':approved': 'APPROVED', ':digest': digest, ':policy': policyHash },
  });

/** Requires a digest to be known, and in no quarantine now. */
export const quarantineCheck = (
  { tenant, digest }: Pick<VersionRecord, 'tenant' | 'digest'>,
  { at }: Pick<Act, 'at'>,
): Write =>
  check('quarantine', digestKey(tenant, digest), {
    condition:
      'attribute_exists(PK) AND (attribute_not_exists(quarantinedUntil) OR quarantinedUntil <= :now)',
    values: { ':now': Date.parse(at) },
  });

/** The policy the approval was given under must still apply; a first approval pins judging data. */
function policyAsApproved({ version, layers, pin }: Activation, act: Act): Write[] {
  // A proposal was made against the revision that ends here.
  const { proposal: _, ...inForce } = layers.model;
  const { revision } = inForce;
  return [
    policyCheck(everyModelOf(version), layers.tenant.revision),
    ...(pin
      ? policyWrites(version, { ...inForce, revision: revision + 1, holdout: pin }, act)
      : [policyCheck(version, revision)]),
  ];
}

const named =
  (prefix: string) =>
  (write: Write): Write => ({ ...write, name: prefix });
