/**
 * Files worked on at a time: two keep a core busy, four hide S3's latency. The 10,000 files that an
 * artifact may have take 150 s at 60 ms each, of the 600 s that the shortest task which reads them all
 * has. A request to Infer, which fetches by it too, has 25 s: enough for 1,600 files of a model.
 */
const PARALLEL = 4;

/**
 * Does `work` for every item, a few at a time; results are in the order of items. After a failure
 * no item is begun any more, and the first failure is thrown once all that were begun have ended:
 * nothing goes on behind the caller's back.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      try {
        results[index] = await work(item);
      } catch (error) {
        failure ??= { error };
      }
      if (failure) return;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (failure) throw failure.error;
  return results;
}
