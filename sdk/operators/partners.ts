import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type {
  NewPartner,
  Partner,
  PartnerChange,
  PartnerList,
  PartnerRotation,
  PartnerSecret,
} from '../contracts/operator-partners.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Partners with credentials, scopes and a rate of their own. Changes need the role `operator`. */
export interface Partners {
  list(options?: CallOptions): Promise<PartnerList>;
  /** With its valid credentials, and no secret. @throws NotFoundError `partner_not_found` */
  get(clientId: string, options?: CallOptions): Promise<Partner>;
  /** Its `client_secret` is shown in this response only. @throws ConflictError `partner_name_taken` */
  add(partner: NewPartner, options?: WriteOptions): Promise<PartnerSecret>;
  /** @throws ConflictError `partner_removed` */
  change(clientId: string, change: PartnerChange, options?: CallOptions): Promise<Partner>;
  /** The credential before stays valid for `grace_seconds`: a day by default; 0 also voids all tokens. */
  rotate(clientId: string, rotation?: PartnerRotation, options?: WriteOptions): Promise<PartnerSecret>;
  disable(clientId: string, options?: WriteOptions): Promise<Partner>;
  enable(clientId: string, options?: WriteOptions): Promise<Partner>;
  /** For good; its id is never used again. */
  remove(clientId: string, options?: CallOptions): Promise<Partner>;
}

export function createPartners(transport: Transport): Partners {
  const of = (clientId: string) => ({ client_id: clientId });
  const post = <T>(path: string, params: Record<string, string>, json?: object, options?: WriteOptions) =>
    transport.request<T>({ method: 'POST', path, params, ...(json ? { json } : {}), options });
  return {
    list: (options) => transport.request({ method: 'GET', path: OPERATOR_PATHS.listPartners, options }),
    get: (id, options) =>
      transport.request({ method: 'GET', path: OPERATOR_PATHS.getPartner, params: of(id), options }),
    add: (partner, options) => post(OPERATOR_PATHS.addPartner, {}, partner, options),
    change: (id, json, options) =>
      transport.request({ method: 'PUT', path: OPERATOR_PATHS.changePartner, params: of(id), json, options }),
    rotate: (id, rotation, options) => post(OPERATOR_PATHS.rotatePartner, of(id), rotation ?? {}, options),
    disable: (id, options) => post(OPERATOR_PATHS.disablePartner, of(id), undefined, options),
    enable: (id, options) => post(OPERATOR_PATHS.enablePartner, of(id), undefined, options),
    remove: (id, options) =>
      transport.request({ method: 'DELETE', path: OPERATOR_PATHS.removePartner, params: of(id), options }),
  };
}
