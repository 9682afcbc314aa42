import type { Person } from '#domain/access/person.ts';
import { ModelName } from '#domain/registry/subject.ts';
import { notFound } from './problem.ts';

/** The caller's model of that name. @throws Refused for a name that no model may have. */
export function namedModel(
  name: string,
  { tenant }: Person,
): { readonly tenant: string; readonly model: string } {
  if (!ModelName.safeParse(name).success) throw notFound('such model');
  return { tenant, model: name };
}
