const ITEM = /^"([\w-]+)"((?:;[a-z*][a-z\d_.*-]*=-?\d{1,15})+)$/;

/** Reads a List of Strings whose parameters are Integers (RFC 9651 3), such as `"tenant";q=600;w=60`; throws at others. */
export function parseList(text: string | null | undefined): Record<string, Record<string, number>> {
  const items = (text ?? '').split(/[ \t]*,[ \t]*/).map((item) => {
    const [, name, parameters] = ITEM.exec(item) ?? [];
    if (name === undefined) throw new Error(`${JSON.stringify(text)} is not a list of strings with parameters`);
    const pairs = parameters!
      .slice(1)
      .split(';')
      .map((pair) => pair.split('='));
    return [name, Object.fromEntries(pairs.map(([key, value]) => [key!, Number(value)]))] as const;
  });
  return Object.fromEntries(items);
}
