/** Names that the response field lists at most. */
const MAX_NAMES = 20;

/** Characters of the response field at most. */
const MAX_CHARACTERS = 1024;

const SEPARATOR = ', ';

/** Stands at the end of the list when there were more names. */
const MORE = '...';

/** Everything but printable ASCII, and what would end a name or look like an escape. */
const UNSAFE = /[^!-~]|[,%]/gu;

const escaped = (name: string): string => name.toWellFormed().replaceAll(UNSAFE, encodeURIComponent) || '""';

/** The names in a request that the server did not understand and ignored. The response field `Stele-Ignored` lists them. */
export class IgnoredNames {
  private readonly names = new Set<string>();
  private characters = 0;
  private hasMore = false;

  /** @param name as the dialect writes it: `favouriteColour`, `emails.verified`, the URN of an extension */
  add(name: string): void {
    if (this.hasMore || this.names.has(name)) return;
    const length = escaped(name).length + SEPARATOR.length;
    // The last place is kept for the sign that there are more.
    if (this.names.size >= MAX_NAMES - 1 || this.characters + length + MORE.length > MAX_CHARACTERS) {
      this.hasMore = true;
      return;
    }
    this.names.add(name);
    this.characters += length;
  }

  /** The value of the response field: at most 20 names and 1 KB of printable ASCII. Undefined when nothing was ignored. */
  toField(): string | undefined {
    const names = [...this.names].map(escaped);
    return names.length > 0 || this.hasMore ? [...names, ...(this.hasMore ? [MORE] : [])].join(SEPARATOR) : undefined;
  }
}
