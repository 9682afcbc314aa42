import * as z from 'zod/mini';
import { People } from '#aws/people.ts';
import { RegistryTable } from '#aws/registry-table.ts';
import { ROLES } from '#domain/access/person.ts';
import { Tenant } from '#domain/registry/subject.ts';
import { act } from '../act.ts';
import { entry } from '../entry.ts';
import { env } from '../env.ts';

/** STS session names, `person@tenant`, have 64 characters at most. */
const LONGEST_SESSION_NAME = 64;

const Input = z
  .strictObject({
    /** `cognito:<sub>`, or an `aws:userid`. */
    principal: z.string().check(z.regex(/^[^\s/]{3,256}$/, { error: 'without spaces or slashes' })),
    person: z.string().check(z.regex(/^[A-Za-z0-9_.-]{2,62}$/, { error: 'a person id' })),
    tenant: Tenant,
    roles: z.array(z.enum(ROLES)),
    /** Give a principal that belongs to one person to another; roles change without it. */
    replace: z.optional(z.boolean()),
  })
  .check(
    z.refine(({ person, tenant }) => person.length + 1 + tenant.length <= LONGEST_SESSION_NAME, {
      path: ['person'],
      error: 'person and tenant of at most 63 characters together',
    }),
  );

type Mapped =
  | { readonly outcome: 'mapped' }
  | { readonly outcome: 'taken'; readonly reason: string };

/** Says which person a principal belongs to. Whoever may invoke this function decides that. */
export const mapPerson =
  (people: Pick<People, 'map'>) =>
  async ({ principal, person, tenant, roles, replace }: z.infer<typeof Input>): Promise<Mapped> =>
    (await people.map(principal, { id: person, tenant, roles }, act('operator'), replace))
      ? { outcome: 'mapped' }
      : {
          outcome: 'taken',
          reason: `${principal} belongs to another person; give "replace": true to move it`,
        };

export const handler = entry(Input, () =>
  mapPerson(new People(new RegistryTable(env('REGISTRY_TABLE')))),
);
