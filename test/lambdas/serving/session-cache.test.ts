import { beforeEach, describe, expect, it } from 'vitest';
import { unservable } from '../../../lambdas/serving/outcome.ts';
import { type Open, SessionCache } from '../../../lambdas/serving/session-cache.ts';

let opened: string[];
let closed: string[];
let cache: SessionCache<string>;
beforeEach(() => {
  opened = [];
  closed = [];
  cache = new SessionCache(100);
});

const opening =
  (name: string, bytes: number): Open<string> =>
  async (makeRoom) => {
    if (!(await makeRoom(bytes))) return unservable('too large');
    opened.push(name);
    const close = async () => void closed.push(name);
    return { ok: true, value: { value: name, bytes, close } };
  };
const lease = async (name: string, bytes: number) => {
  const leased = await cache.lease(name, opening(name, bytes));
  if (!leased.ok) throw new Error('refused');
  return leased.value;
};
const use = async (name: string, bytes: number) => (await lease(name, bytes)).release();

describe('SessionCache', () => {
  it('keeps what fits', async () => {
    for (const name of ['a', 'b', 'a', 'b']) await use(name, 50);
    expect(opened).toEqual(['a', 'b']);
    expect(closed).toEqual([]);
  });

  it('closes the least recently used before opening another', async () => {
    for (const name of ['a', 'b', 'a']) await use(name, 50);
    await use('c', 50);
    expect(closed).toEqual(['b']);
    await use('d', 100);
    expect(closed).toEqual(['b', 'a', 'c']);
  });

  it('opens nothing that can never fit, and closes nothing for it', async () => {
    await use('a', 50);
    expect(await cache.lease('huge', opening('huge', 101))).toMatchObject({ ok: false });
    expect({ opened, closed }).toEqual({ opened: ['a'], closed: [] });
  });

  it('closes what is in use only after the last lease is returned, and once', async () => {
    const [one, two] = [await lease('a', 60), await lease('a', 60)];
    await use('b', 60);
    one.release();
    one.release();
    expect(closed).toEqual([]);
    two.release();
    expect(closed).toEqual(['a']);
  });

  it('shares one opening between callers, and tells them that they waited', async () => {
    const leases = await Promise.all([lease('a', 10), lease('a', 10)]);
    expect(opened).toEqual(['a']);
    expect(leases.map(({ cold }) => cold)).toEqual([true, true]);
    expect((await lease('a', 10)).cold).toBe(false);
  });

  it('does not keep a refusal or a fault', async () => {
    const faulty: Open<string> = async () => {
      throw new Error('S3 is away');
    };
    await expect(cache.lease('a', faulty)).rejects.toThrow('S3 is away');
    expect(await cache.lease('a', async () => unservable('no'))).toMatchObject({ ok: false });
    expect(await cache.lease('a', opening('a', 10))).toMatchObject({ ok: true });
  });
});
