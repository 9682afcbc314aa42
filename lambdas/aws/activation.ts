import { aboutVersion } from '#domain/audit/entry.ts';
import type { Holdout } from '#domain/gates/policy.ts';
import type { Digest } from '#domain/registry/digest.ts';
import { approvalKey, digestKey, modelKey, policyKey, routeKey } from '#domain/registry/keys.ts';
import type { Route, VersionRecord } from '#domain/registry/version-record.ts';
import { championKey } from './model-registry.ts';
import {
  check,
  put,
  type RegistryTable,
  update,
  type Write,
  type Written,
} from './registry-table.ts';
import { type Act, transitionWrites } from './version-changes.ts';

/** Everything that must be true, and everything that becomes true, when a version takes over. */
export interface Activation {
  readonly version: VersionRecord;
  readonly predecessor: VersionRecord | undefined;
  readonly route: Route | undefined;
  readonly approval: string;
  readonly policyHash: Digest;
  readonly policyRevision: number;
  /** Judging data to pin, which the approvers of a model's first version agreed to. */
  readonly pin: Holdout | undefined;
}

/** Moves a version to PRODUCTION and its predecessor to DEPRECATED, in one transaction. */
export class Activations {
  readonly #table: RegistryTable;

  constructor(table: RegistryTable) {
    this.#table = table;
  }

  activate(activation: Activation, act: Act): Promise<Written> {
    const { version, predecessor, route } = activation;
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
          generation: (route?.generation ?? 0) + 1,
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
        check('approval', approvalKey(tenant, activation.approval), {
          condition: '#status = :approved AND digest = :digest AND policyHash = :policy',
          names: { '#status': 'status' },
          values: { ':approved': 'APPROVED', ':digest': digest, ':policy': activation.policyHash },
        }),
        check('quarantine', digestKey(tenant, digest), {
          condition: 'attribute_exists(PK) AND attribute_not_exists(quarantinedUntil)',
        }),
        ...policyWrites(activation, act),
        put(
          'alias',
          championKey(version),
          { tenant, model, ...stable },
          {
            condition: predecessor ? 'version = :before' : 'attribute_not_exists(PK)',
            ...(predecessor && { values: { ':before': predecessor.version } }),
          },
        ),
        put(
          'route',
          routeKey(version),
          {
            tenant,
            model,
            generation: (route?.generation ?? 0) + 1,
            stable,
            updatedAt: act.at,
          } satisfies Route,
          route
            ? { condition: 'generation = :g', values: { ':g': route.generation } }
            : { condition: 'attribute_not_exists(PK)' },
        ),
      ],
    );
  }
}

/** The policy the approval was given under must still apply; a first approval pins judging data. */
function policyWrites({ version, policyRevision, pin }: Activation, act: Act): Write[] {
  const next = pin ? policyRevision + 1 : policyRevision;
  return [
    update(
      'policy',
      modelKey(version),
      { champion: version.version, policyRevision: next },
      { condition: 'policyRevision = :r', names: {}, values: { ':r': policyRevision } },
    ),
    ...(pin
      ? [
          put('policy revision', policyKey(version, next), {
            revision: next,
            holdout: pin,
            at: act.at,
            actor: act.actor,
          }),
        ]
      : []),
  ];
}

const named =
  (prefix: string) =>
  (write: Write): Write => ({ ...write, name: prefix });
