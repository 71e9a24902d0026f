import { decodeJwt } from 'jose';
import {
  allowInsecureRequests,
  ClientError,
  discovery,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  ResponseBodyError,
} from 'openid-client';
import { steps } from '../../deploy/local/command-line.ts';
import { requireSafe } from '../../platform/http/oidc-variables.ts';
import type { OperatorSignIn } from '../../sdk/contracts/operator.ts';
import { CliError, EXIT } from '../ui/output.ts';

/**
 * Logs a person in at the provider, by the device flow: `show` gets the address to open and the code to
 * compare. Returns the token for the audience.
 */
export async function logInByDevice(
  provider: OperatorSignIn,
  show: (prompt: { url: string; code: string }) => void,
  signal?: AbortSignal,
): Promise<string> {
  const { issuer, audience, client_id: clientId, scope } = provider;
  if (issuer === null || audience === null || clientId === null) {
    throw new CliError(
      'this system sends nobody to a provider of OpenID Connect',
      EXIT.notFound,
      steps('ecs operators login NAME', 'OIDC_ISSUER, OIDC_AUDIENCE and OIDC_CLIENT_ID of back-office'),
    );
  }
  try {
    const url = requireSafe(new URL(issuer));
    const execute = url.protocol === 'http:' ? [allowInsecureRequests] : [];
    const client = await discovery(url, clientId, undefined, None(), { execute });
    // Providers name the audience by one or the other, and pass over what they do not know.
    const resource: Record<string, string> = URL.canParse(audience) ? { resource: audience } : {};
    const started = await initiateDeviceAuthorization(client, { scope, audience, ...resource });
    const { verification_uri_complete: complete, verification_uri: plain, user_code: code } = started;
    show({ url: complete ?? plain, code });
    const tokens = await pollDeviceAuthorizationGrant(client, started, resource, {
      ...(signal && { signal }),
    });
    return tokenFor(audience, [tokens.access_token, tokens.id_token]);
  } catch (error) {
    if (error instanceof ResponseBodyError) {
      const { error: code, error_description: description = code } = error;
      throw new CliError(`${issuer} refuses: ${description}`, EXIT.notAllowed, undefined, { code });
    }
    if (error instanceof ClientError || error instanceof TypeError) {
      throw new CliError(`${issuer}: ${error.message}`, EXIT.unreachable, 'is it the issuer, and is it up?');
    }
    throw error;
  }
}

/** Some providers' access tokens are no JWTs, and the audience is that of the id token. */
function tokenFor(audience: string, tokens: (string | undefined)[]): string {
  for (const token of tokens) if (token !== undefined && audiencesOf(token).includes(audience)) return token;
  throw new CliError(
    `the provider gave no token for the audience ${audience}`,
    EXIT.notAllowed,
    'OIDC_AUDIENCE, OIDC_SCOPE, and what the provider knows of both',
  );
}

function audiencesOf(token: string): string[] {
  try {
    return [decodeJwt(token).aud ?? []].flat();
  } catch {
    return [];
  }
}
