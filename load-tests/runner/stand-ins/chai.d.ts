/** The part of chai that is used; the package has no types. */
declare module 'chai' {
  export class Assertion {
    assert(...args: unknown[]): void;
  }
  export class AssertionError extends Error {}
  export const util: {
    test(assertion: object, args: unknown[]): boolean;
    flag(assertion: object, name: string): unknown;
    getMessage(assertion: object, args: unknown[]): string;
    addMethod(target: object, name: string, method: (this: Assertion) => void): void;
  };
  export const config: Record<string, unknown>;
  export const expect: (value: unknown, message?: string) => unknown;
  export const assert: unknown;
}
