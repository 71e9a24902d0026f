/** The classes that scripts import under the name `url`. */
const { URL: Address, URLSearchParams: Query } = globalThis;
export { Address as URL, Query as URLSearchParams };
