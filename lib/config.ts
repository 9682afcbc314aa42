import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { problemsOf, problemText } from '#domain/registry/problem.ts';

/** Text that matches, or a problem that says what `form` it has. */
const matching = (pattern: RegExp, form: string) =>
  z.string().check(z.regex(pattern, { error: form }));

const Secret = matching(/^arn:[\w-]+:secretsmanager:\S+$/, 'the ARN of a secret');

/**
 * What may differ between deployments. Code never asks where it runs; a laptop and an account
 * differ in this and in the endpoint.
 */
const Config = z.strictObject({
  /** Account and region; the CDK CLI's own where they are left out. */
  env: z._default(
    z.strictObject({
      account: z.optional(matching(/^\d{12}$/, '12 digits, in quotes')),
      region: z.optional(matching(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, such as eu-central-1')),
    }),
    {},
  ),
  /** Keep buckets, tables and keys when a stack is deleted. */
  retainData: z._default(z.boolean(), true),
  /** Refuse to delete tables and the user pool. */
  deletionProtection: z._default(z.boolean(), true),
  /** How long evidence cannot be deleted by anybody. EU AI Act, art. 18: 10 years. */
  evidenceRetention: z._default(
    z.strictObject({
      mode: z.enum(['COMPLIANCE', 'GOVERNANCE']),
      days: z.int().check(z.minimum(1), z.maximum(36_500)),
    }),
    { mode: 'COMPLIANCE', days: 3650 },
  ),
  /** Where people are told of approvals, alarms and promotions. */
  notify: z._default(
    z.strictObject({
      email: z.optional(matching(/^[^\s@]+@[^\s@]+$/, 'an e-mail address')),
      /** Secret with the key of an Events API v2 integration of PagerDuty. */
      pagerDutySecret: z.optional(Secret),
      /** Any receiver, and the secret with the key that what it gets is signed by. */
      webhook: z.optional(
        z.strictObject({
          url: matching(/^https:\/\/[^\s/?#@]+(\/\S*)?$/, 'an HTTPS URL without credentials'),
          secret: Secret,
        }),
      ),
      /** Where an issue is opened for each alarm of a model. */
      github: z.optional(
        z.strictObject({
          repository: matching(/^[\w.-]+\/[\w.-]+$/, 'owner/name of a repository'),
          /** Secret with a token that may write its issues. */
          tokenSecret: Secret,
          /** Whether the issue is closed when its alarm is over. */
          closes: z._default(z.boolean(), true),
        }),
      ),
    }),
    {},
  ),
  /** Keep queries for CloudWatch Logs Insights in the account. */
  savedQueries: z._default(z.boolean(), true),
  advisories: z._default(
    z.strictObject({
      /** Archive in the layout of OSV's `PyPI/all.zip`; null: an operator brings it by hand. */
      url: z.nullable(matching(/^https:\/\/[^\s/?#@]+\/\S+$/, 'an HTTPS URL without credentials')),
    }),
    { url: 'https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip' },
  ),
  evaluation: z._default(
    z.strictObject({
      /**
       * Repository of Amazon ECR, in this account and region, whose images policies may have
       * evaluate versions by SageMaker; null: no policy may.
       */
      repository: z.nullable(
        matching(
          /^[a-z0-9]+([._/-][a-z0-9]+)*$/,
          'the name of a repository, such as assay/evaluation',
        ),
      ),
    }),
    { repository: null },
  ),
  /** Where versions may run that name a backend of their own; by default nowhere. */
  backends: z._default(
    z.strictObject({
      /** Hosts that speak the Open Inference Protocol; a port where it is not 443. */
      hosts: z._default(
        z.array(
          matching(
            /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}(:\d{1,5})?$/,
            'a lowercase host name, with a port where it is not 443',
          ),
        ),
        [],
      ),
      /** Secrets in Secrets Manager with the headers that those hosts ask for. */
      secrets: z._default(
        z.array(matching(/^arn:[\w-]+:secretsmanager:\S+$/, 'the ARN of a secret')),
        [],
      ),
      /** Endpoints of SageMaker, of this account and region. */
      endpoints: z._default(
        z.array(matching(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}$/, 'the name of a SageMaker endpoint')),
        [],
      ),
    }),
    { hosts: [], secrets: [], endpoints: [] },
  ),
  /** What is kept of requests beside counts: by default nothing. */
  capture: z._default(
    z.strictObject({
      /** Of the rows that are answered, as a sample in the data bucket for 30 days. */
      reservoirShare: z._default(z.number().check(z.minimum(0), z.maximum(0.1)), 0),
      /** Features that are never kept, by name or `input/name`. */
      omit: z._default(z.array(z.string().check(z.minLength(1))), []),
    }),
    { reservoirShare: 0, omit: [] },
  ),
  monitoring: z._default(
    z.strictObject({
      /** How often it is looked which checks are due; policies say how often each of them is. */
      tickMinutes: z.int().check(z.minimum(1), z.maximum(60)),
    }),
    { tickMinutes: 60 },
  ),
  /** What each route of the API takes before it answers 429. */
  api: z._default(
    z.strictObject({
      requestsPerSecond: z.int().check(z.minimum(1)),
      /** Requests that may come at once before the rate is kept to. */
      burst: z.int().check(z.minimum(1)),
    }),
    // A tenth of what AWS gives all APIs of an account and region together by default; the burst is
    // within the 1,250 of its small regions. docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    { requestsPerSecond: 1000, burst: 1000 },
  ),
  inference: z._default(
    z
      .strictObject({
        memoryMiB: z.int().check(z.minimum(512), z.maximum(10_240)),
        /** Models that one sandbox keeps open; Node and one request need the rest. */
        sessionCacheMiB: z.int().check(z.minimum(1)),
        /** Answers that one sandbox keeps; 0 keeps none, and asks no Redis for any. */
        predictionCacheMiB: z._default(z.int().check(z.minimum(0)), 64),
        /**
         * Secret in Secrets Manager with the URL of a Redis or Valkey that sandboxes share answers
         * by: `redis[s]://[[user]:password@]host[:port][/database]`. Null: they share none.
         */
        redisUrlSecret: z._default(
          z.nullable(matching(/^arn:[\w-]+:secretsmanager:\S+$/, 'the ARN of a secret')),
          null,
        ),
        /** Sandboxes kept for the load gate, of all releases together; null keeps none. */
        stagingConcurrency: z._default(
          z.nullable(z.int().check(z.minimum(1), z.maximum(1000))),
          10,
        ),
        /** Sandboxes that production has and never exceeds; null: what the account has free. */
        concurrency: z._default(z.nullable(z.int().check(z.minimum(1))), null),
      })
      .check(
        z.refine(
          ({ memoryMiB, sessionCacheMiB, predictionCacheMiB }) =>
            sessionCacheMiB + predictionCacheMiB <= memoryMiB - 256,
          {
            path: ['sessionCacheMiB'],
            error: 'with predictionCacheMiB at least 256 less than memoryMiB',
          },
        ),
      ),
    {
      memoryMiB: 2048,
      sessionCacheMiB: 1024,
      predictionCacheMiB: 64,
      redisUrlSecret: null,
      stagingConcurrency: 10,
      concurrency: null,
    },
  ),
});
export type Config = z.infer<typeof Config>;

/**
 * Reads a configuration file; without one, every setting has the value for production.
 * @throws Error naming the file, each field that is wrong, and what it takes.
 */
export function readConfig(file: string | undefined): Config {
  const given = file === undefined ? {} : readJson(file);
  const parsed = Config.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, given, `correct ${file}; lib/config.ts documents it`);
  throw new Error(`configuration ${file} is wrong:\n${problems.map(problemText).join('\n')}`);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `configuration ${file} cannot be read: ${said}; give the path of a JSON file, as -c config=local/deployment.json does`,
      { cause },
    );
  }
}
