/** The classes that scripts import under the name `url`. */
const { URL: Address, URLSearchParams: Query } = $ecsEngine;
export { Address as URL, Query as URLSearchParams };
