/** A text that a parser found in an artifact or its metadata; never raw weights. */
export interface NamedText {
  /** File and field: `model.onnx: producer_name`. */
  readonly where: string;
  /** Key that the text stands under, which counts as words beside it. */
  readonly name?: string;
  readonly text: string;
}

/** Scanned in some seconds: 8 million a second, measured. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/** Gathers texts, each once for each place and key, up to a bound; and says what was left out. */
export class FoundTexts {
  readonly texts: NamedText[] = [];
  /** Texts that were not looked at, and why. */
  readonly unread: string[] = [];
  /** What holds bytes and no text, such as weights. */
  readonly binary: string[] = [];
  readonly #seen = new Set<string>();
  #left: number;
  #full = false;

  constructor(mostCharacters = MOST_CHARACTERS) {
    this.#left = mostCharacters;
  }

  add(found: NamedText): void {
    const { where, name = '', text } = found;
    const key = `${where}\0${name}\0${text}`;
    if (text === '' || this.#seen.has(key)) return;
    if (text.length > this.#left) {
      if (!this.#full) this.unread.push(`${where} and what follows: too many texts before it`);
      this.#full = true;
    }
    if (this.#full) return;
    this.#left -= text.length;
    this.#seen.add(key);
    this.texts.push(found);
  }
}
