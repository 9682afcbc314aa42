import { expect, it } from 'vitest';
import type { People } from '#aws/people.ts';
import { handler, mapPerson } from '../../../lambdas/access/map-person.ts';

const request = {
  principal: 'AROA1:sam@acme',
  person: 'sam',
  tenant: 'acme',
  roles: ['data_scientist' as const],
};

/** People who answer as told and remember what they were asked. */
function people(mapped: boolean) {
  const asked: unknown[] = [];
  const map: People['map'] = async (principal, person, { actor }, replace) => {
    asked.push({ principal, person, actor, replace });
    return mapped;
  };
  return { asked, map };
}

it('maps a principal to a person of a tenant, in the name of an operator', async () => {
  const port = people(true);
  expect(await mapPerson(port)(request)).toEqual({ outcome: 'mapped' });
  expect(port.asked).toEqual([
    {
      principal: 'AROA1:sam@acme',
      person: { id: 'sam', tenant: 'acme', roles: ['data_scientist'] },
      actor: 'operator',
      replace: undefined,
    },
  ]);
});

it('says that a principal is taken, and how to move it', async () => {
  expect(await mapPerson(people(false))(request)).toEqual({
    outcome: 'taken',
    reason: 'AROA1:sam@acme belongs to another person; give "replace": true to move it',
  });
});

it('hands on that it is to be moved', async () => {
  const port = people(true);
  await mapPerson(port)({ ...request, replace: true });
  expect(port.asked).toMatchObject([{ replace: true }]);
});

it.each([
  ['a principal with a slash, which could name another upload', { principal: 'a/b' }],
  ['a principal with a space', { principal: 'a b c' }],
  ['a person id of another alphabet', { person: 'sam#1' }],
  [
    'a person and a tenant too long for a session name',
    { tenant: 't'.repeat(40), person: 'p'.repeat(24) },
  ],
  ['a tenant of another alphabet', { tenant: 'Acme' }],
  ['an unknown role', { roles: ['root'] }],
  ['an unknown field', { admin: true }],
])('refuses %s', async (_, fields) => {
  await expect(handler({ ...request, ...fields })).rejects.toMatchObject({ name: '$ZodError' });
});
