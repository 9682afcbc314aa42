import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';

/** As RFC 9110 has names and values, without a byte beyond ASCII. */
const Headers = z.record(
  z.string().check(z.regex(/^[!#$%&'*+.^_`|~\w-]+$/)),
  z.string().check(z.regex(/^[\t\x20-\x7e]*$/)),
);

/** A rotated secret is used this much later at most. */
const TTL_MS = 300_000;

/** Secrets, kept in memory for a few minutes. */
export class Secrets {
  readonly #client: SecretsManagerClient;
  readonly #clock: () => number;
  readonly #known = new Map<string, { readonly text: string; readonly until: number }>();

  constructor(client = new SecretsManagerClient({}), clock: () => number = Date.now) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws Error when it cannot be read, or is no text. */
  async text(id: string): Promise<string> {
    const now = this.#clock();
    const known = this.#known.get(id);
    if (known && now < known.until) return known.text;
    const { SecretString } = await this.#client.send(new GetSecretValueCommand({ SecretId: id }));
    if (SecretString === undefined) {
      throw new Error(`secret ${id}: got bytes, expected text; store it as a string`);
    }
    this.#known.set(id, { text: SecretString, until: now + TTL_MS });
    return SecretString;
  }

  /** A secret that is a JSON object of HTTP headers. @throws Error, which quotes nothing of it. */
  async headers(id: string): Promise<Readonly<Record<string, string>>> {
    const parsed = Headers.safeParse(jsonOf(await this.text(id)));
    if (parsed.success) return parsed.data;
    throw new Error(
      `secret ${id}: expected a JSON object of HTTP headers, name to text on one line`,
    );
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
