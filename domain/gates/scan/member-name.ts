/** Why an archive's member may not be unpacked under its name; none for one that stays inside. */
export function nameFlaw(name: string): string | undefined {
  if (name === '' || name === '/') return 'is empty';
  if ([...name].some((character) => character < ' ' || character === '\x7f')) {
    return 'holds a control character';
  }
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is not relative';
  const parts = name.split(/[/\\]/);
  if (parts.includes('..')) return 'leads out of the folder that it is unpacked to';
  return name.includes('\\') ? 'holds a backslash' : undefined;
}

/** One name for what unpacks to one path: without `./`, empty parts and the final slash. */
export const plainName = (name: string): string =>
  name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');

/** How a member is told of in a path: `archive!member`. */
export const within = (archive: string, name: string): string => `${archive}!${name}`;
