import { describe, expect, it } from 'vitest';
import { holds, parseMarker } from '#domain/gates/dependencies/parse/marker.ts';
import { truth } from '../fixture.ts';

const result = (text: string) => {
  try {
    const marker = parseMarker(text);
    return truth.environments.map((environment) => holds(marker, environment));
  } catch {
    return null;
  }
};

describe('environment markers', () => {
  it('are read and evaluated as packaging does', () => {
    let compared = 0;
    for (const [text, expected] of truth.markers) {
      const got = result(text);
      if (expected === null) expect(got, text).toBeNull();
      else if (expected === 'undefined') expect(got, text).not.toBeNull();
      else {
        expect(got, text).toEqual(expected);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  it('are undecided when the environment does not tell what they ask for', () => {
    const marker = parseMarker("sys_platform == 'linux' and python_version < '3.9'");
    expect(holds(marker, { sys_platform: 'linux' })).toBeUndefined();
    expect(holds(marker, { sys_platform: 'win32' })).toBe(false);
    expect(holds(marker, {})).toBeUndefined();
  });

  it('are refused when their brackets are nested to exhaust the stack', () => {
    const deep = `${'('.repeat(10_000)}os_name == 'nt'${')'.repeat(10_000)}`;
    expect(() => parseMarker(deep)).toThrow('at most 50 nested brackets');
  });
});
