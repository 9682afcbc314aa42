import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  cognitoPrincipal,
  isRole,
  may,
  parseGroups,
  ROLES,
  type Role,
  rolesFor,
} from '#domain/access/person.ts';

const MATRIX: Readonly<Record<Action, readonly Role[]>> = {
  read: ROLES,
  predict: ['analyst', 'engineer', 'data_scientist', 'ml_engineer', 'senior_engineer'],
  register: ['data_scientist', 'ml_engineer'],
  vote: ['ml_engineer', 'senior_engineer'],
  'set-policy': ['tenant_admin'],
  roll: ['ml_engineer', 'senior_engineer', 'rollback_operator'],
  experiment: ['data_scientist', 'ml_engineer', 'senior_engineer'],
  check: ['data_scientist', 'ml_engineer'],
  'read-shared': ['tenant_admin'],
};
const ACTIONS = Object.keys(MATRIX) as Action[];

describe('may', () => {
  it.each(ACTIONS)('lets exactly the roles that are granted it %s', (action) => {
    expect(ROLES.filter((role) => may([role], action))).toEqual(MATRIX[action]);
    expect(rolesFor(action)).toEqual(MATRIX[action]);
  });

  it('refuses everything to nobody', () => {
    expect(ACTIONS.filter((action) => may([], action))).toEqual([]);
  });

  it('grants with several roles what any one of them grants, and nothing more', () => {
    fc.assert(
      fc.property(fc.subarray([...ROLES]), fc.constantFrom(...ACTIONS), (roles, action) => {
        expect(may(roles, action)).toBe(roles.some((role) => MATRIX[action].includes(role)));
      }),
    );
  });
});

describe('parseGroups', () => {
  it.each([
    ['an array', ['ml_engineer', 'auditor'], ['ml_engineer', 'auditor']],
    ["API Gateway's text", '[ml_engineer auditor]', ['ml_engineer', 'auditor']],
    ['text with commas', 'ml_engineer, auditor', ['ml_engineer', 'auditor']],
    ['one name', 'auditor', ['auditor']],
    ['nothing', undefined, []],
    ['empty text', '', []],
    ['empty brackets', '[]', []],
    ['null', null, []],
    ['groups that are no roles', ['admin', 'root', 'ML_ENGINEER', 7], []],
    ['names that every object has', ['constructor', 'toString'], []],
  ])('reads %s', (_, claim, roles) => {
    expect(parseGroups(claim)).toEqual(roles);
  });
});

it('knows a role by its exact name', () => {
  expect(isRole('auditor')).toBe(true);
  expect(isRole('Auditor')).toBe(false);
});

it('names a Cognito user by the subject, which never changes', () => {
  expect(cognitoPrincipal('1f2e')).toBe('cognito:1f2e');
});
