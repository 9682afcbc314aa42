import type { Problem } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
import type { Refusal } from './outcome.ts';

/** The version that a request is for; whether it may be loaded is for its papers to say. */
export type Located =
  | { readonly kind: 'version'; readonly version: VersionRecord }
  | { readonly kind: 'refused'; readonly version: VersionRecord; readonly refusal: Refusal }
  | { readonly kind: 'nothing'; readonly problem: Problem };

/** @throws Unavailable when the registry is away and there is nothing to go on with. */
export type Locate = (
  tenant: string,
  endpoint: ModelEndpoint,
) => Promise<{
  readonly found: Located;
  /** Since the registry confirmed it. */
  readonly ageMs?: number;
  /** To be awaited before answering: the sandbox freezes afterwards. Never rejects. */
  readonly refreshed?: Promise<void>;
}>;
