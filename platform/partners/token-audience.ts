import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { isThisMachine } from '../addresses/host.ts';

/**
 * Returns whether an address is that of the token endpoint: below PUBLIC_URL, or without it on this machine
 * alone. The Host header would be the caller's own claim: an assertion for another system could be used here.
 */
export function createAudienceCheck(publicUrl: string | null): (address: string) => boolean {
  const { path } = ENDPOINTS.createPartnerToken;
  if (publicUrl !== null) {
    const expected = publicUrl.replace(/\/$/, '') + path;
    return (address) => address === expected;
  }
  return (address) => {
    if (!URL.canParse(address)) return false;
    const url = new URL(address);
    const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
    const isHere = isThisMachine(url.hostname.replace(/^\[(.*)\]$/, '$1'));
    return isHttp && isHere && url.pathname === path && url.search === '';
  };
}
