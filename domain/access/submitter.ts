import type { Problem } from '#domain/registry/problem.ts';
import type { Upload } from '#domain/registry/upload-key.ts';
import { may, type Person, rolesFor } from './person.ts';

/** Why whoever uploaded something may not register it, or undefined when they may. */
export function submitterProblem(person: Person | undefined, upload: Upload): Problem | undefined {
  if (!person) {
    return {
      field: 'principal',
      got: `"${upload.principal}", which no person is known by`,
      expected: 'a principal that belongs to a person',
      remedy: 'ask an operator to map it, then upload manifest.json again',
    };
  }
  if (person.tenant !== upload.tenant) {
    return {
      field: 'tenant',
      got: `"${upload.tenant}" in the key, uploaded by ${person.id} of "${person.tenant}"`,
      expected: `"${person.tenant}"`,
      remedy: 'upload below your own tenant',
    };
  }
  if (!may(person.roles, 'register')) {
    return {
      field: 'principal',
      got: `${person.id} with roles ${person.roles.join(', ') || 'none'}`,
      expected: `one of ${rolesFor('register').join(', ')}`,
      remedy: 'ask for the role, or let somebody who has it upload',
    };
  }
  return undefined;
}
