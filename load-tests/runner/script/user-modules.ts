import { createCryptoModule } from '../modules/crypto.ts';
import { createCsvModule } from '../modules/csv.ts';
import { createDataModule } from '../modules/data.ts';
import { createEncodingModule } from '../modules/encoding.ts';
import { createExecutionModule } from '../modules/execution.ts';
import { createFsModule } from '../modules/fs.ts';
import { createHtmlModule } from '../modules/html.ts';
import { createHttpModule } from '../modules/http.ts';
import { createK6Module } from '../modules/k6.ts';
import { createMetricsModule } from '../modules/metrics.ts';
import { createSecretsModule } from '../modules/secrets.ts';
import { createSseModule } from '../modules/sse.ts';
import { createStreamsModule } from '../modules/streams.ts';
import { createWebSocketsModule } from '../modules/websockets.ts';
import { createWsModule } from '../modules/ws.ts';
import type { UserState } from '../modules/user-state.ts';
import { createModuleFiles } from './module-files.ts';
import { isModule, type ModuleName } from './module-names.ts';

/** The modules of one user, each made when the script first imports it, and the files of the script. */
export function createUserModules(state: UserState, timers: object) {
  const modules: Partial<Record<ModuleName, object>> = {};
  const timersModule = () => ({ __esModule: true, ...timers, default: timers });
  const factories: Record<ModuleName, () => object> = {
    k6: () => createK6Module(state),
    'k6/http': () => createHttpModule(state),
    'k6/metrics': () => createMetricsModule(state),
    'k6/data': () => createDataModule(state),
    'k6/execution': () => createExecutionModule(state),
    'k6/crypto': createCryptoModule,
    'k6/encoding': createEncodingModule,
    'k6/timers': timersModule,
    'k6/experimental/timers': timersModule,
    'k6/html': createHtmlModule,
    'k6/secrets': () => createSecretsModule(state),
    'k6/ws': () => createWsModule(state),
    'k6/websockets': () => createWebSocketsModule(state),
    'k6/experimental/websockets': () => createWebSocketsModule(state),
    'k6/x/sse': () => createSseModule(state),
    'k6/experimental/fs': () => createFsModule(state, files.locate),
    'k6/experimental/csv': () => createCsvModule(state),
    'k6/experimental/streams': createStreamsModule,
  };
  const require = (name: string): object => {
    if (!isModule(name)) throw new Error(`cannot import "${name}"`);
    return (modules[name] ??= factories[name]());
  };
  const files = createModuleFiles(state, require);
  return { require, files };
}
