const TIMEOUT_MS = 4 * 60_000;

/**
 * Downloads one document whole.
 * @throws Error for any answer but 200, a redirect, more than `maxBytes`, or a cut-off body.
 */
export async function fetchArchive(url: string, maxBytes: number): Promise<Uint8Array> {
  const answer = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { 'user-agent': 'assay' },
  });
  if (answer.status !== 200 || answer.body === null) {
    throw new Error(`${url} answered ${answer.status}, expected 200 with the archive`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new Error(
        `${url} gives more than ${maxBytes} bytes, which is no archive of advisories`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
