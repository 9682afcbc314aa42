import { describe, expect, it } from 'vitest';
import {
  explainNoPython,
  findPython,
  isNewEnough,
  type Python,
  parsePython,
  pythonCommands,
} from '../../local/python.ts';

const python = (version: Python['version'], more: Partial<Python> = {}): Python => ({
  command: 'python3',
  executable: `/usr/bin/python${version[0]}.${version[1]}`,
  version,
  makesVenv: true,
  ...more,
});

describe('parsePython', () => {
  it('reads version, venv and path, with blanks in the path', () => {
    expect(parsePython('python3', '3.12.1 venv /opt/my pythons/bin/python3')).toEqual({
      command: 'python3',
      executable: '/opt/my pythons/bin/python3',
      version: [3, 12, 1],
      makesVenv: true,
    });
  });

  it('finds the answer behind what a wrapper prints', () => {
    expect(parsePython('python3', 'activating…\n3.10.0 no-venv /usr/bin/python3\n')).toMatchObject({
      version: [3, 10, 0],
      makesVenv: false,
    });
  });

  it('takes nothing else for an answer', () => {
    expect(parsePython('python3', 'pyenv: python3: command not found')).toBeUndefined();
  });
});

describe('isNewEnough', () => {
  it.each<[Python['version'], boolean]>([
    [[2, 7, 18], false],
    [[3, 9, 25], false],
    [[3, 10, 0], true],
    [[3, 14, 0], true],
    [[4, 0, 0], true],
  ])('of %j is %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});

describe('findPython', () => {
  it('passes over commands that are not there or fail', async () => {
    const found = await findPython(['/nowhere/python3', 'false', ...pythonCommands(undefined)]);
    expect(isNewEnough(found.version)).toBe(true);
  });

  it('asks the preferred one first', () => {
    expect(pythonCommands('/opt/python')[0]).toBe('/opt/python');
  });

  it('fails with the remedy when there is none', async () => {
    await expect(findPython(['/nowhere/python3'])).rejects.toThrow(/found none; install one/);
  });
});

describe('explainNoPython', () => {
  it('names the old ones once, however many commands lead there', () => {
    const text = explainNoPython([python([3, 9, 2]), python([3, 9, 2]), python([2, 7, 18])]);
    expect(text).toContain('found 3.9.2 at /usr/bin/python3.9, 2.7.18 at /usr/bin/python2.7;');
  });

  it('names the Debian package that a new enough Python lacks', () => {
    const bare = python([3, 12, 3], { makesVenv: false });
    expect(explainNoPython([python([3, 8, 0]), bare])).toContain('apt-get install python3.12-venv');
  });
});
