type Name<Resource> = keyof Resource & string;

/** What a path can name below an attribute that holds `Value`, each with what is there. */
type Below<Attribute extends string, Value> = Value extends readonly (infer Each)[]
  ? | [path: `${Attribute}[${string}]`, value: Each]
    | (Each extends object
        ? { [Part in Name<Each>]: [path: `${Attribute}${'' | `[${string}]`}.${Part}`, value: Each[Part]] }[Name<Each>]
        : never)
  : Value extends object
    ? Attribute extends `urn:${string}`
      ? Target<Value> extends infer Each
        ? Each extends [path: infer Path extends string, value: infer Held]
          ? [path: `${Attribute}:${Path}`, value: Held]
          : never
        : never
      : { [Part in Name<Value>]: [path: `${Attribute}.${Part}`, value: Value[Part]] }[Name<Value>]
    : never;

/** Everything that a path can name (RFC 7644 3.5.2), each with what is there. */
type Target<Resource> = {
  [Attribute in Name<Resource>]-?:
    | [path: Attribute, value: Resource[Attribute]]
    | Below<Attribute, NonNullable<Resource[Attribute]>>;
}[Name<Resource>];

/** A path: `title`, `name.givenName`, `emails[type eq "work"].value`, or a name after the URN of an extension. */
export type PathOf<Resource> = Target<Resource>[0];

/** What is at a path. */
export type ValueAt<Resource, Path> =
  Target<Resource> extends infer Each
    ? Each extends [path: infer Known, value: infer Value]
      ? Path extends Known
        ? NonNullable<Value>
        : never
      : never
    : never;
