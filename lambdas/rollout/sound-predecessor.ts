import type { ModelRegistry } from '#aws/model-registry.ts';
import type { Rollbacks } from '#aws/rollbacks.ts';
import type { Routes } from '#aws/routes.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Moment } from '#domain/serving/routing/transition.ts';
import type { Outcome, Refusal } from '../serving/outcome.ts';
import type { VouchedVersion } from '../serving/vouched-version.ts';

export interface SoundnessPorts {
  readonly routes: Pick<Routes, 'of'>;
  readonly registry: Pick<ModelRegistry, 'version'>;
  readonly rollbacks: Pick<Rollbacks, 'quarantineOf'>;
  /** Verifies signature and admission by the papers as they are now. */
  readonly vouch: (version: VersionRecord) => Promise<Outcome<VouchedVersion>>;
}

export type Predecessor =
  | { readonly outcome: 'sound'; readonly version: VersionRecord }
  /** Why there is none that may have traffic. */
  | { readonly outcome: 'unsound'; readonly reason: string }
  /** The route is another one by now: what was read beside it says nothing. */
  | { readonly outcome: 'moved' };

/** The version that stable goes back to, where it may still serve: anything else is worse than stable. */
export async function soundPredecessor(
  ports: SoundnessPorts,
  route: RouteDocument,
  at: Moment,
): Promise<Predecessor> {
  const found = await judged(ports, route, at);
  if (found.outcome === 'sound') return found;
  const now = await ports.routes.of(route);
  return now?.generation === route.generation ? found : { outcome: 'moved' };
}

async function judged(
  { registry, rollbacks, vouch }: SoundnessPorts,
  { tenant, model, previous }: RouteDocument,
  at: Moment,
): Promise<Exclude<Predecessor, { outcome: 'moved' }>> {
  if (!previous) return unsound('there is no version before stable');
  const named = `${model}@${previous.version}`;
  const version = await registry.version({ tenant, model, version: previous.version });
  if (version?.digest !== previous.digest || version.state !== 'DEPRECATED') {
    return unsound(
      `${named} is ${version?.state ?? 'unknown'}, expected DEPRECATED with digest ${previous.digest}`,
    );
  }
  const { quarantinedUntil = 0 } = await rollbacks.quarantineOf(tenant, previous.digest);
  if (quarantinedUntil > at.ms) return unsound(`${named} is in quarantine`);
  const vouched = await vouch(version);
  return vouched.ok ? { outcome: 'sound', version } : unsound(`${named}: ${told(vouched.refusal)}`);
}

const unsound = (reason: string) => ({ outcome: 'unsound', reason }) as const;

const told = (refusal: Refusal): string =>
  refusal.kind === 'unservable'
    ? refusal.reason
    : `${refusal.what}: got ${refusal.got}, expected ${refusal.expected}`;
