import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type {
  NewPartner,
  Partner,
  PartnerChange,
  PartnerList,
  PartnerRotation,
  PartnerSecret,
} from '../contracts/operator-partners.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Partners with credentials, scopes and a rate of their own. Changes need the role `operator`. */
export interface Partners {
  /** Lists the partners by name, removed ones at the end. */
  list(options?: CallOptions): ApiCall<PartnerList>;
  /**
   * Returns a partner with its valid credentials, without secrets.
   *
   * @throws NotFoundError `partner_not_found`
   */
  get(clientId: string, options?: CallOptions): ApiCall<Partner>;
  /**
   * Adds a partner; its `client_secret` is in this response only.
   *
   * @throws ConflictError `partner_name_taken`
   */
  add(partner: NewPartner, options?: WriteOptions): ApiCall<PartnerSecret>;
  /**
   * Changes scopes or rate.
   *
   * @throws NotFoundError `partner_not_found`, ConflictError `partner_removed`
   */
  change(clientId: string, change: PartnerChange, options?: CallOptions): ApiCall<Partner>;
  /**
   * Issues a new credential; the previous one stays valid for `grace_seconds`, a day by default. 0 also voids
   * all tokens.
   *
   * @throws NotFoundError `partner_not_found`, ConflictError `partner_removed`
   */
  rotate(clientId: string, rotation?: PartnerRotation, options?: WriteOptions): ApiCall<PartnerSecret>;
  /**
   * Voids the tokens at once.
   *
   * @throws NotFoundError `partner_not_found`, ConflictError `partner_removed`
   */
  disable(clientId: string, options?: WriteOptions): ApiCall<Partner>;
  /**
   * Enables a partner again; its earlier tokens stay void.
   *
   * @throws NotFoundError `partner_not_found`, ConflictError `partner_removed`
   */
  enable(clientId: string, options?: WriteOptions): ApiCall<Partner>;
  /**
   * Removes a partner for good; its id is never used again.
   *
   * @throws NotFoundError `partner_not_found`
   */
  remove(clientId: string, options?: CallOptions): ApiCall<Partner>;
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
