/** `k6/experimental/streams`: the streams of the web, which the engine has itself. */
export function createStreamsModule() {
  const module = { ReadableStream, CountQueuingStrategy, ReadableStreamDefaultReader };
  return { __esModule: true, ...module, default: module };
}
