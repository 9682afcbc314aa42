import type { LifecycleRule } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';

/** A rule as CloudFormation spells it, as far as this project writes lifecycle rules. */
const Rule = z.strictObject({
  Id: z.optional(z.string()),
  Status: z.enum(['Enabled', 'Disabled']),
  Prefix: z.optional(z.string()),
  TagFilters: z.optional(z.array(z.strictObject({ Key: z.string(), Value: z.string() }))),
  ExpirationInDays: z.optional(z.int()),
  ExpiredObjectDeleteMarker: z.optional(z.boolean()),
  NoncurrentVersionExpiration: z.optional(
    z.strictObject({
      NoncurrentDays: z.int(),
      NewerNoncurrentVersions: z.optional(z.int()),
    }),
  ),
  AbortIncompleteMultipartUpload: z.optional(z.strictObject({ DaysAfterInitiation: z.int() })),
  Transitions: z.optional(
    z.array(z.strictObject({ StorageClass: z.string(), TransitionInDays: z.int() })),
  ),
  NoncurrentVersionTransitions: z.optional(
    z.array(z.strictObject({ StorageClass: z.string(), TransitionInDays: z.int() })),
  ),
});

const Configuration = z.object({ Rules: z.array(Rule) });

type StorageClass = NonNullable<NonNullable<LifecycleRule['Transitions']>[number]['StorageClass']>;

/**
 * Lifecycle rules of a template, in the words of S3's API.
 *
 * @throws ZodError for a property it does not know, rather than to leave it out.
 */
export function lifecycleRules(configuration: unknown): LifecycleRule[] {
  return Configuration.parse(configuration).Rules.map((rule) => ({
    ID: rule.Id,
    Status: rule.Status,
    Filter: filter(rule.Prefix, rule.TagFilters ?? []),
    ...(rule.ExpirationInDays || rule.ExpiredObjectDeleteMarker
      ? {
          Expiration: {
            Days: rule.ExpirationInDays,
            ExpiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker,
          },
        }
      : {}),
    NoncurrentVersionExpiration: rule.NoncurrentVersionExpiration,
    AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload,
    Transitions: rule.Transitions?.map(({ StorageClass, TransitionInDays }) => ({
      StorageClass: StorageClass as StorageClass,
      Days: TransitionInDays,
    })),
    NoncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map(
      ({ StorageClass, TransitionInDays }) => ({
        StorageClass: StorageClass as StorageClass,
        NoncurrentDays: TransitionInDays,
      }),
    ),
  }));
}

type Tag = { readonly Key: string; readonly Value: string };

function filter(prefix: string | undefined, tags: readonly Tag[]): LifecycleRule['Filter'] {
  const [tag] = tags;
  if (!tag) return { Prefix: prefix ?? '' };
  if (tags.length === 1 && prefix === undefined) return { Tag: tag };
  return { And: { Prefix: prefix, Tags: [...tags] } };
}
