import * as z from 'zod/mini';

/** Tenant names lead every storage key, so their alphabet leaves no room for a separator. */
export const Tenant = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,40}$/, { error: 'must be 1 to 40 of a-z, 0-9 and -' }));

export const ModelName = z.string().check(
  z.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, {
    error: 'must be 1 to 63 of a-z, 0-9, dot, _ and -, and start with a letter or digit',
  }),
);

/** One version of one tenant's model: what events, attestations and log lines are about. */
export interface Subject {
  readonly tenant: string;
  readonly model: string;
  /** Normalised semver, `1.2.0`. */
  readonly version: string;
}

/** `tenant/model/1.2.0`, the subject of Assay's CloudEvents. */
export const subjectPath = ({ tenant, model, version }: Subject): string =>
  `${tenant}/${model}/${version}`;
