import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AssayFunction } from './assay-function.ts';

export interface SavedQueriesProps {
  readonly infer: AssayFunction;
  /** Functions that check models. */
  readonly checks: readonly AssayFunction[];
}

/** Answers by version; the fields are those of the line that serving writes of each request. */
export const ADOPTION = [
  'filter message = "answered" and status < 400 and ispresent(version)',
  'stats count(*) as answers by tenant, model, version',
  'sort answers desc',
];

/** Questions that come up when something is wrong, ready to be asked of the logs. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { infer, checks }: SavedQueriesProps) {
    super(scope, id);
    this.#query('Adoption', 'answers by version', [infer], ADOPTION);
    this.#query(
      'Errors',
      'answered requests by error',
      [infer],
      [
        'filter message = "answered" and status >= 400',
        'stats count(*) as requests by tenant, model, version, status, error',
        'sort requests desc',
      ],
    );
    this.#query(
      'Slow',
      'slowest requests',
      [infer],
      [
        'fields @timestamp, tenant, model, version, latencyMs, load, routeAgeMs, status',
        'filter message = "answered"',
        'sort latencyMs desc',
        'limit 100',
      ],
    );
    this.#query(
      'Fallbacks',
      'candidates that stable answered for',
      [infer],
      [
        'filter message = "answered" and (ispresent(fallback.version) or ispresent(passedOver))',
        'stats count(*) as requests, latest(fallback.reason) as reason by tenant, model, fallback.version, fallback.kind, passedOver',
        'sort requests desc',
      ],
    );
    if (checks.length === 0) return;
    this.#query('Checks', 'checks that faulted', checks, [
      'fields @timestamp, tenant, model, @message, @logStream',
      'filter level = "ERROR" or @message like /errorType|Task timed out/',
      'sort @timestamp desc',
      'limit 100',
    ]);
  }

  #query(id: string, name: string, functions: readonly AssayFunction[], lines: string[]): void {
    new CfnQueryDefinition(this, id, {
      name: `Assay/${name}`,
      queryString: lines.join('\n| '),
      logGroupNames: functions.map(({ logGroup }) => logGroup.logGroupName),
    });
  }
}
