import type { Problem } from '#domain/registry/problem.ts';
import type { VersionRecord } from '#domain/registry/version-record.ts';
import type { ModelEndpoint } from '#domain/serving/endpoint.ts';
import type { RouteRequest } from '#domain/serving/routing/decide.ts';
import type { Refusal } from './outcome.ts';
import type { Where } from './verified-models.ts';

/** Who asks for an inference, as far as routes go by it. */
export type Asker = Pick<RouteRequest, 'requestId' | 'userId' | 'attributes'>;

/** What a request counts for. */
export interface Trial {
  /** Its name in decisions. */
  readonly name: string;
  readonly generation: number;
  /** The arm that was drawn. */
  readonly arm: string;
  readonly unit: { readonly by: 'user' | 'request'; readonly id: string };
  /** What the answer is said to come from when the version that was drawn gives it. */
  readonly variant: string;
  /** The arm's version, to be asked before stable. */
  readonly tried?: VersionRecord;
  /** Whether the arm's version is stable itself. */
  readonly control: boolean;
  /** By which a failure of the control is told from a fault of the request. */
  readonly rival?: VersionRecord;
}

/** A version in shadow, to get a copy of the request. */
export interface Shadowing {
  readonly generation: number;
  readonly version: VersionRecord;
}

/** A version that may be loaded, if its papers say so too. */
export interface Serving {
  readonly kind: 'version';
  /** What answers in the end, whatever is tried before. */
  readonly version: VersionRecord;
  readonly where: Where;
  readonly trial?: Trial;
  readonly shadow?: Shadowing;
  /** What was drawn and is no version to be loaded. */
  readonly passedOver?: PassedOverVersion;
}

export interface PassedOverVersion {
  readonly version: string;
  readonly why: string;
}

/** The version that a request is for; whether it may be loaded is for its papers to say. */
export type Located =
  | Serving
  | { readonly kind: 'refused'; readonly version: VersionRecord; readonly refusal: Refusal }
  | { readonly kind: 'nothing'; readonly problem: Problem };

/**
 * @param asker undefined for questions about a model.
 * @throws Unavailable when the registry is away and there is nothing to go on with.
 */
export type Locate = (
  tenant: string,
  endpoint: ModelEndpoint,
  asker?: Asker,
) => Promise<{
  readonly found: Located;
  /** Since the registry confirmed it. */
  readonly ageMs?: number;
  /** To be awaited before answering: the sandbox freezes afterwards. Never rejects. */
  readonly refreshed?: Promise<void>;
}>;
