/** `k6/experimental/streams`: the streams of the web, which the engine has itself. */
export function createStreamsModule() {
  const readable = { ReadableStream, CountQueuingStrategy, ReadableStreamDefaultReader };
  const module = { ...readable, WritableStream, WritableStreamDefaultWriter };
  return { __esModule: true, ...module, default: module };
}
