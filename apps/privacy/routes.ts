import { Elysia } from 'elysia';
import type { HttpServiceOptions } from '../../platform/http/call.ts';
import { createHttpService, type HttpService } from '../../platform/http/service.ts';
import { type ExportFlows, exportRoutes } from './export/routes.ts';

/** The endpoints of each room. */
export function createRoutes(options: HttpServiceOptions, flows: ExportFlows): HttpService {
  return createHttpService(options, (plugin) =>
    new Elysia({ name: 'privacy' }).use(exportRoutes(plugin, flows)),
  );
}
