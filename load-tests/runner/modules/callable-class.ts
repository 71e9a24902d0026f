type Class = abstract new (...args: never[]) => object;

/** As in k6, a constructor makes an object when it is called without `new` as well. */
export function callableClass<C extends Class>(original: C): C {
  return new Proxy(original, {
    apply: (target, _this, args: unknown[]): object => Reflect.construct(target, args) as object,
  });
}
