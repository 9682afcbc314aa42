import { describe, expect, it } from 'vitest';
import { ROLES } from '#domain/access/person.ts';
import { submitterProblem } from '#domain/access/submitter.ts';

const upload = { principal: 'AIDA1', tenant: 'acme', model: 'iris', uploadId: 'u1' };
const sam = { id: 'sam', tenant: 'acme', roles: ['data_scientist'] } as const;

describe('submitterProblem', () => {
  it('finds none with a person of the tenant who may register', () => {
    expect(submitterProblem(sam, upload)).toBeUndefined();
  });

  it('refuses a principal that nobody is known by', () => {
    expect(submitterProblem(undefined, upload)).toEqual({
      field: 'principal',
      got: '"AIDA1", which no person is known by',
      expected: 'a principal that belongs to a person',
      remedy: 'ask an operator to map it, then upload manifest.json again',
    });
  });

  it("refuses an upload under another tenant, whatever the person's roles", () => {
    expect(submitterProblem({ ...sam, tenant: 'rival', roles: ROLES }, upload)).toEqual({
      field: 'tenant',
      got: '"acme" in the key, uploaded by sam of "rival"',
      expected: '"rival"',
      remedy: 'upload below your own tenant',
    });
  });

  it.each([
    [['auditor', 'analyst'] as const, 'sam with roles auditor, analyst'],
    [[] as const, 'sam with roles none'],
  ])('refuses a person with the roles %j', (roles, got) => {
    expect(submitterProblem({ ...sam, roles }, upload)).toMatchObject({
      field: 'principal',
      got,
      expected: 'one of data_scientist, ml_engineer',
    });
  });
});
