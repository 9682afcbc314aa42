import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PredictionCache } from '../../lambdas/serving/cache/prediction-cache.ts';
import { RedisStore } from '../../lambdas/serving/cache/redis-store.ts';
import { SharedAnswers } from '../../lambdas/serving/cache/shared-answers.ts';
import { answer, question, TENANT_KEY } from '../lambdas/serving/cache/questions.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const VALUE = Buffer.from([0, 255, 13, 10, 1]);
const REST_MS = 30_000;
/** Longer than by default: what is to succeed here must do so on a busy machine as well. */
const TIMEOUT_MS = 500;

let server: RedisServer;
let admin: Redis;
let now: number;
let urlsAsked: number;
const stores: RedisStore[] = [];

beforeEach(async () => {
  now = 1_800_000_000_000;
  urlsAsked = 0;
  await serve();
});
afterEach(async () => {
  for (const store of stores.splice(0)) store.close();
  admin.disconnect();
  await server.kill();
});

async function serve(options: readonly string[] = [], port?: number): Promise<void> {
  server = await startRedis(options, port);
  admin = new Redis(server.url, { retryStrategy: null, protocol: 2 });
  admin.on('error', () => undefined);
}

/** A process's connection, open unless the server is not there. */
async function connected(
  url: () => Promise<string> = async () => server.url,
  timeoutMs: number | undefined = TIMEOUT_MS,
): Promise<RedisStore> {
  const counted = () => {
    urlsAsked += 1;
    return url();
  };
  const store = new RedisStore(counted, () => now, timeoutMs);
  stores.push(store);
  await store.open();
  return store;
}

const cacheOver = (store: RedisStore) =>
  new PredictionCache({
    limitBytes: 1024 * 1024,
    clock: () => now,
    random: () => 0.5,
    shared: new SharedAnswers(store),
  });

describe('Redis as a store', () => {
  it('gives back the bytes that another process wrote', async () => {
    const [one, two] = [await connected(), await connected()];
    expect(await one.get('a')).toEqual({ kind: 'miss' });
    expect(await one.set('a', VALUE, 60_000)).toBe('written');
    expect(await two.get('a')).toEqual({ kind: 'hit', value: VALUE });
  });

  it('forgets what has expired', async () => {
    const store = await connected();
    await store.set('a', VALUE, 3_600_000.4);
    expect(await admin.pttl('a')).toBeGreaterThan(3_590_000);
    await admin.pexpire('a', 1);
    await sleep(20);
    expect(await store.get('a')).toEqual({ kind: 'miss' });
  });

  it('goes on where the server evicts what does not fit', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await admin.config('SET', 'maxmemory', '4mb');
    const store = await connected();
    const large = Buffer.alloc(256 * 1024, 1);
    for (let n = 0; n < 32; n++) expect(await store.set(`a${n}`, large, 60_000)).toBe('written');
    expect(await store.get('a0')).toEqual({ kind: 'miss' });
    expect(await store.get('a31')).toEqual({ kind: 'hit', value: large });
    expect(await admin.info('stats')).toMatch(/evicted_keys:[1-9]/);
  });

  it('takes a refused write for a failure, and goes on reading', async () => {
    const store = await connected();
    await store.set('a', VALUE, 60_000);
    await admin.config('SET', 'maxmemory', '1');
    for (let n = 0; n < 10; n++) {
      expect(await store.set('b', VALUE, 60_000)).toBe('failed');
      expect(await store.get('a')).toEqual({ kind: 'hit', value: VALUE });
    }
    expect(urlsAsked).toBe(1);
  });

  it('uses a password and a database of the URL', async () => {
    await admin.config('SET', 'requirepass', 'a secret');
    const store = await connected(
      async () => `redis://:${encodeURIComponent('a secret')}@127.0.0.1:${server.port}/3`,
    );
    expect(await store.set('a', VALUE, 60_000)).toBe('written');
    await admin.select(3);
    expect(await admin.getBuffer('a')).toEqual(VALUE);
    const stranger = await connected();
    expect(await stranger.get('a')).toEqual({ kind: 'failed' });
  });
});

describe('a Redis that fails', () => {
  it('is away while it is being connected to: no request waits for that', async () => {
    let tell = (_url: string): void => undefined;
    const url = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const opening = connected(() => url);
    const [store] = stores;
    expect(await store?.get('a')).toEqual({ kind: 'away' });
    tell(server.url);
    await opening;
    expect(await store?.get('a')).toEqual({ kind: 'miss' });
  });

  it('is used again after it died and came back', async () => {
    const store = await connected();
    await server.kill();
    const kinds = new Set<string>();
    for (let n = 0; n < 3; n++) {
      kinds.add((await store.get('a')).kind);
      await store.open();
    }
    expect([...kinds].filter((kind) => kind === 'hit' || kind === 'miss')).toEqual([]);
    await serve([], server.port);
    await store.open();
    expect(await store.set('a', VALUE, 60_000)).toBe('written');
    expect(await store.get('a')).toEqual({ kind: 'hit', value: VALUE });
  });

  it('rests for 30 s after five failures in a row, and is then tried once', async () => {
    const store = await connected();
    await server.kill();
    for (let n = 0; n < 20; n++) {
      await store.get('a');
      await store.open();
    }
    const asked = urlsAsked;
    expect(asked).toBeLessThanOrEqual(6);
    now += REST_MS - 1;
    await store.open();
    expect(urlsAsked).toBe(asked);
    now += 1;
    for (let n = 0; n < 5; n++) await store.open();
    expect(urlsAsked).toBe(asked + 1);
    await serve([], server.port);
    now += REST_MS;
    await store.open();
    expect(await store.get('a')).toEqual({ kind: 'miss' });
  });

  it('fails a command that waits too long, and gives its connection up', async () => {
    const store = await connected();
    server.pause();
    expect(await store.get('a')).toEqual({ kind: 'failed' });
    expect(await store.get('a')).toEqual({ kind: 'away' });
    server.resume();
    await store.open();
    expect(await store.get('a')).toEqual({ kind: 'miss' });
    expect(urlsAsked).toBe(2);
  });

  it('rests when each command waits too long, though it lets itself be connected to', async () => {
    const store = await connected(undefined, 20);
    server.pause();
    let failed = 0;
    for (let n = 0; n < 20; n++) {
      if ((await store.get('a')).kind === 'failed') failed += 1;
      await store.open();
    }
    expect(failed).toBe(5);
    server.resume();
    const asked = urlsAsked;
    await store.open();
    now += REST_MS - 1;
    await store.open();
    expect(urlsAsked).toBe(asked);
    now += 1;
    await store.open();
    expect(urlsAsked).toBe(asked + 1);
  });

  it('rests where the URL cannot be had or is of nothing', async () => {
    for (const url of [
      async () => Promise.reject(new Error('no such secret')),
      async () => 'redis://127.0.0.1:1',
      async () => 'not a URL',
    ]) {
      urlsAsked = 0;
      const store = await connected(url);
      for (let n = 0; n < 20; n++) {
        expect(await store.get('a')).toEqual({ kind: 'away' });
        await store.open();
      }
      expect(urlsAsked).toBe(5);
    }
  });
});

describe('predictions in Redis', () => {
  it('are shared, and expire by the hour', async () => {
    const [one, two] = [cacheOver(await connected()), cacheOver(await connected())];
    const asked = question(1);
    expect(await one.find(TENANT_KEY, asked)).toBeUndefined();
    one.keep(TENANT_KEY, asked, answer(0.25, Number.NaN));
    await one.settled();
    expect(await two.find(TENANT_KEY, question(1))).toEqual(answer(0.25, Number.NaN));
    const [key = ''] = await admin.keys('assay:prediction:*');
    expect(await admin.pttl(key)).toBeGreaterThan(3_590_000);
  });

  it('are misses when somebody altered them', async () => {
    const [one, two] = [cacheOver(await connected()), cacheOver(await connected())];
    const asked = question(1);
    await one.find(TENANT_KEY, asked);
    one.keep(TENANT_KEY, asked, answer(0.25));
    await one.settled();
    const [key = ''] = await admin.keys('*');
    await admin.setrange(key, 90, '?');
    expect(await two.find(TENANT_KEY, question(1))).toBeUndefined();
    expect(two.take().shared?.altered).toBe(1);
  });

  it('are answered from memory while the server dies between two requests', async () => {
    const cache = cacheOver(await connected());
    const [one, two] = [question(1), question(2)];
    await cache.find(TENANT_KEY, one);
    cache.keep(TENANT_KEY, one, answer(1));
    await server.kill();
    await cache.settled();
    expect(await cache.find(TENANT_KEY, question(1))).toEqual(answer(1));
    expect(await cache.find(TENANT_KEY, two)).toBeUndefined();
    cache.keep(TENANT_KEY, two, answer(2));
    await cache.settled();
    expect(await cache.find(TENANT_KEY, question(2))).toEqual(answer(2));
  });
});
