// Bearer tokens: signed by us (HS256; demo sign-in and service tokens) or by the company's OpenID Connect provider.
// Proves who somebody is; what he may do is the actor directory's answer, asked for each request.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';

/** A token that held: whose it is, and until when. */
export interface Proof {
  /** Identity key, or `service:<identifier>`. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface Tokens {
  /** Null for anything but a valid, unexpired token. */
  verify(token: string, audience?: string): Promise<Proof | null>;
  /** Throws for the API's audience when no key of our own is configured. */
  sign(subject: string, lifetimeSeconds: number, audience?: string): Promise<string>;
}

export interface TokenOptions {
  /** Key of our own tokens; null: the API accepts only the provider's, and our cookies hold for this process alone. */
  readonly secret: string | null;
  readonly oidc: { readonly issuer: string; readonly audience: string } | null;
}

/** Tokens for the API. Other audiences (the queue board's cookie) are never accepted as bearer. */
export const apiAudience = 'joinery';
export const demoTokenSeconds = 12 * 3600;
const providerAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

export function createTokens({ secret, oidc }: TokenOptions): Tokens {
  const key = secret === null ? null : new TextEncoder().encode(secret);
  // What this process hands out for itself (the queue board's cookie) needs a key with a provider alone, too.
  const keyFor = (audience: string): Uint8Array | null => key ?? (audience === apiAudience ? null : ownKey);
  const ownKey = randomBytes(32);
  const providerKeys = oidc === null ? null : keysOf(oidc.issuer);
  const verify = async (token: string, audience: string): Promise<Proof | null> => {
    const isOurs = decodeProtectedHeader(token).alg === 'HS256';
    const ours = keyFor(audience);
    if (isOurs) return ours === null ? null : ownProof(token, ours, audience);
    if (providerKeys === null || oidc === null || audience !== apiAudience) return null;
    const { payload } = await jwtVerify(token, providerKeys, {
      issuer: oidc.issuer,
      audience: oidc.audience,
      algorithms: providerAlgorithms,
      requiredClaims: ['sub', 'exp'],
    });
    // A provider names people; the prefix of our services must not come from there.
    return payload.sub?.startsWith('service:') === true ? null : proofOf(payload.sub, payload.exp);
  };
  return {
    verify: (token, audience = apiAudience) => verify(token, audience).catch(() => null),
    sign: (subject, lifetimeSeconds, audience = apiAudience) =>
      signed(keyFor(audience), subject, lifetimeSeconds, audience),
  };
}

async function ownProof(token: string, key: Uint8Array, audience: string): Promise<Proof | null> {
  const { payload } = await jwtVerify(token, key, { audience, algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] });
  return proofOf(payload.sub, payload.exp);
}

const proofOf = (subject: string | undefined, expiresAt: number | undefined): Proof | null =>
  subject === undefined || expiresAt === undefined ? null : { subject, expiresAt: expiresAt * 1000 };

function signed(key: Uint8Array | null, subject: string, lifetimeSeconds: number, audience: string): Promise<string> {
  if (key === null) throw new Error('A token was to be signed, but there is no key: set JOINERY_TOKEN_SECRET.');
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds}s`)
    .sign(key);
}

/** Found by discovery at the first token, so that a provider that is down does not keep the server from starting. */
function keysOf(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | null = null;
  return async (header, token) => {
    found ??= discover(issuer).catch((error: unknown) => {
      found = null;
      throw error;
    });
    return (await found)(header, token);
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(5_000), redirect: 'error' });
  const document: unknown = await answer.json();
  const keys = typeof document === 'object' && document !== null && 'jwks_uri' in document ? document.jwks_uri : null;
  if (typeof keys !== 'string') throw new Error(`The provider's description at ${address} names no jwks_uri.`);
  return createRemoteJWKSet(new URL(keys));
}

/** The demo's own key: made at the first start, readable by its owner alone. */
export async function demoSecret(home: string): Promise<string> {
  const path = join(home, 'token.key');
  await mkdir(home, { recursive: true });
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(randomBytes(32).toString('base64url'));
    await file.close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}
