/** Documents go into the bundle as they are. */
declare module '*.md' {
  const text: string;
  export default text;
}
