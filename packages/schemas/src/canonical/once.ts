/** A pure function of an object that is computed once for the object that it was last called with. */
export function onceFor<Value extends object, Result>(compute: (value: Value) => Result): (value: Value) => Result {
  let last: { readonly value: Value; readonly result: Result } | undefined;
  return (value) => {
    if (!last || last.value !== value) last = { value, result: compute(value) };
    return last.result;
  };
}
