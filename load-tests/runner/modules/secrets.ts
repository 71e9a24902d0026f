import type { UserState } from './user-state.ts';

/** `k6/secrets`: the values of `--secret-source`, which no log shows. */
export function createSecretsModule({ setup }: UserState) {
  const { secrets = {} } = setup;
  const sourceOf = (name: string) => {
    const values = secrets[name];
    if (!values) throw new Error(`no secret source with name "${name}" is configured`);
    const get = (key: string): Promise<string> => {
      const value = Object.hasOwn(values, key) ? values[key] : undefined;
      return value === undefined
        ? Promise.reject(new Error(`no value for the secret "${key}"`))
        : Promise.resolve(value);
    };
    return { get };
  };
  const get = async (key: string): Promise<string> => {
    if (Object.keys(secrets).length === 0) throw new Error('no secret sources are configured');
    return sourceOf('default').get(key);
  };
  const module = { get, source: sourceOf };
  return { __esModule: true, ...module, default: module };
}
