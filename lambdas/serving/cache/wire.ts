import { Secrets } from '#aws/secrets.ts';
import { env, optionalEnv } from '../../env.ts';
import { PredictionCache } from './prediction-cache.ts';
import { RedisStore } from './redis-store.ts';
import { SharedAnswers } from './shared-answers.ts';

/**
 * The cache that the deployment asks for, if any: PREDICTION_CACHE_MIB of memory, 0 for none, and
 * the Redis whose URL is the secret REDIS_SECRET_ARN, where that is set.
 */
export function predictionCache(): PredictionCache | undefined {
  const limitMiB = Number(env('PREDICTION_CACHE_MIB'));
  if (limitMiB === 0) return undefined;
  const secret = optionalEnv('REDIS_SECRET_ARN');
  return new PredictionCache({
    limitBytes: limitMiB * 1024 * 1024,
    clock: Date.now,
    random: Math.random,
    ...(secret !== undefined && { shared: sharedBy(secret) }),
  });
}

/** Connects at once, beside what else the first request waits for. */
function sharedBy(secret: string): SharedAnswers {
  const secrets = new Secrets();
  const store = new RedisStore(() => secrets.text(secret), Date.now);
  void store.open();
  return new SharedAnswers(store);
}
