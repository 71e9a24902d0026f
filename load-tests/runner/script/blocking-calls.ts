import { bundle } from './bundle.ts';
import { isModule } from './module-names.ts';
import type { Script } from './script.ts';

/** The functions of `k6/http` that wait for a response on the spot, and those that do not. */
const BLOCKING = ['get', 'head', 'post', 'put', 'patch', 'del', 'options', 'request', 'batch'];
const NOT_BLOCKING = 'asyncRequest expectedStatuses setResponseCallback url file cookieJar CookieJar'.split(
  ' ',
);

/**
 * Whether these functions of the script can reach a call that blocks (`sleep`, `http.get`, ...). The
 * bundler's tree shaking leaves only the code that they use; an uncertain call counts as blocking.
 */
export async function canBlock(script: Script, functions: string[]): Promise<boolean> {
  const entry = 'ecs-load:functions';
  const names = functions.join(', ');
  const stubs: Record<string, string> = {
    [entry]: `export { ${names} } from ${JSON.stringify(script.path)};`,
    k6: `export const sleep = () => __ecs_blocking();
      export const check = 1, group = 1, fail = 1, randomSeed = 1;
      export default sleep;`,
    'k6/ws': `export const connect = () => __ecs_blocking(); export default connect;`,
    'k6/x/sse': `export const open = () => __ecs_blocking(); export default open;`,
    'k6/http': `const __ecs_http = {}; export { __ecs_http as default };
      ${BLOCKING.map((name) => `export const ${name} = () => __ecs_blocking();`).join('\n')}
      ${NOT_BLOCKING.map((name) => `export const ${name} = 1;`).join('\n')}`,
  };
  const [code = ''] = await bundle(
    { entrypoints: [entry], root: script.root, format: 'esm' },
    {
      resolveModule(name) {
        if (name in stubs) return { path: name, namespace: 'stub' };
        return isModule(name) ? { path: name, external: true } : undefined;
      },
      stubs,
      sources: script.sources,
      remote: script.remote,
    },
  );
  // These block as well, and belong to responses, which no import names.
  if (/\b(submitForm|clickLink)\b/.test(code)) return true;
  const uses = code.replace(/(var|const|let) __ecs_http = \{\};?/, '');
  const usesHttp = new RegExp(`__ecs_http\\b(?!\\.(${NOT_BLOCKING.join('|')})\\b)`).test(uses);
  return usesHttp || uses.includes('__ecs_blocking');
}
