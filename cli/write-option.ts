import { writeFile } from 'node:fs/promises';
import { failed, messageOf } from './failure.ts';

/** Writes the file that an option names. */
export async function writeOption(option: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw failed(
      {
        field: option,
        got: messageOf(cause),
        expected: 'a file that can be written',
        remedy: 'name another one',
      },
      { cause },
    );
  }
}
