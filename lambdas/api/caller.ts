import type { MiddlewareHandler } from 'hono';
import * as z from 'zod/mini';
import type { People } from '#aws/people.ts';
import {
  type Action,
  cognitoPrincipal,
  may,
  type Person,
  parseGroups,
  rolesFor,
} from '#domain/access/person.ts';
import { problemsOf } from '#domain/registry/problem.ts';
import { Tenant } from '#domain/registry/subject.ts';
import { Refused } from './problem.ts';

/** What a request brings besides itself, and what is known of it once its caller is. */
export interface Api {
  readonly Bindings: { readonly claims: unknown; readonly requestId: string };
  readonly Variables: { caller: Person };
}

/** What API Gateway's authorizer has verified. It lets access tokens in, which name no tenant. */
const Claims = z.object({
  token_use: z.literal('id'),
  sub: z.string().check(z.minLength(1), z.maxLength(256)),
  'custom:tenant': Tenant,
  'cognito:groups': z.optional(z.unknown()),
});

/**
 * The person who sent a token, with the roles that the token says.
 * @throws Refused for another kind of token, and for a principal that is nobody in the tenant.
 */
export async function callerOf(people: Pick<People, 'of'>, claims: unknown): Promise<Person> {
  const parsed = Claims.safeParse(claims ?? {});
  if (!parsed.success) {
    throw new Refused(401, 'the token is not an ID token of this user pool', {
      problems: problemsOf(parsed.error, claims ?? {}, 'sign in again and send the ID token'),
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
  }
  const { sub, 'custom:tenant': tenant, 'cognito:groups': groups } = parsed.data;
  const principal = cognitoPrincipal(sub);
  const person = await people.of(principal);
  if (person?.tenant !== tenant) {
    throw new Refused(
      403,
      `${principal} is no person known in tenant ${tenant}; ask an operator to map it to one`,
    );
  }
  return { id: person.id, tenant, roles: parseGroups(groups) };
}

/** Lets those pass whose roles grant an action. */
export const allow =
  (action: Action): MiddlewareHandler<Api> =>
  async (c, next) => {
    const { id, roles } = c.var.caller;
    if (!may(roles, action)) {
      throw new Refused(
        403,
        `${id} has the roles ${roles.join(', ') || 'none'}, expected one of ${rolesFor(action).join(', ')} to ${action}; ask for the role, or somebody who has it`,
      );
    }
    await next();
  };
