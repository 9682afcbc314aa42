import { Unexpected } from './cursor.ts';

export interface PipOption {
  /** Long form without dashes. */
  readonly name: string;
  readonly value?: string;
}

const WITH_VALUE = [
  'index-url',
  'pypi-url',
  'extra-index-url',
  'find-links',
  'constraint',
  'requirement',
  'editable',
  'no-binary',
  'only-binary',
  'all-releases',
  'only-final',
  'trusted-host',
  'use-feature',
  'hash',
  'config-settings',
  'global-option',
];
const FLAGS = ['no-index', 'prefer-binary', 'require-hashes', 'no-require-hashes', 'pre'];
const SHORT: Readonly<Record<string, string>> = {
  i: 'index-url',
  c: 'constraint',
  r: 'requirement',
  e: 'editable',
  f: 'find-links',
  C: 'config-settings',
};

/**
 * Reads the options of a line of a requirements file as pip does: quoted as in a shell, long names
 * may be cut short while they stay unique.
 * @throws Unexpected at anything that is not an option that pip allows there.
 */
export function pipOptions(text: string): PipOption[] {
  const words = shellWords(text);
  const options: PipOption[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const { name, value } = split(word);
    if (FLAGS.includes(name)) {
      if (value !== undefined) throw new Unexpected(`no value behind "--${name}"`);
      options.push({ name });
      continue;
    }
    if (value === undefined) at += 1;
    const given = value ?? words[at];
    if (given === undefined) throw new Unexpected(`a value behind "--${name}"`);
    options.push({ name: name === 'pypi-url' ? 'index-url' : name, value: given });
  }
  return options;
}

function split(word: string): PipOption {
  if (word.startsWith('--') && word.length > 2) {
    const [head = '', ...rest] = word.slice(2).split('=');
    const name = longName(head);
    return rest.length > 0 ? { name, value: rest.join('=') } : { name };
  }
  const name = word.startsWith('-') ? SHORT[word[1] ?? ''] : undefined;
  if (name === undefined) {
    throw new Unexpected(`an option of requirements files instead of "${word}"`);
  }
  return word.length > 2 ? { name, value: word.slice(2) } : { name };
}

function longName(head: string): string {
  const all = [...WITH_VALUE, ...FLAGS];
  if (all.includes(head)) return head;
  const [match, ...others] = all.filter((name) => name.startsWith(head));
  if (match === undefined || others.length > 0) {
    throw new Unexpected(`an option of requirements files instead of "--${head}"`);
  }
  return match;
}

/** Words as `shlex.split` finds them. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const next = text[at + 1];
    if (quote) {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && (next === '"' || next === '\\')) {
        word = (word ?? '') + next;
        at += 1;
      } else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') {
      if (next === undefined) throw new Unexpected('a character behind the last "\\"');
      word = (word ?? '') + next;
      at += 1;
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote) throw new Unexpected(`a closing ${quote}`);
  return word === undefined ? words : [...words, word];
}
