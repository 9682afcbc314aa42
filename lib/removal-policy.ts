import { RemovalPolicy } from 'aws-cdk-lib';

export interface Keeping {
  readonly retain: boolean;
  /** Whether AWS refuses to delete the resource until somebody lifts its protection. */
  readonly deletionProtection?: boolean;
}

/**
 * What becomes of a resource with data when its stack lets go of it: it stays, unless the stack made
 * it just now and rolls back. What is protected stays then too: the rollback would fail to delete it.
 */
export function removalPolicy({ retain, deletionProtection = false }: Keeping): RemovalPolicy {
  if (!retain) return RemovalPolicy.DESTROY;
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}
