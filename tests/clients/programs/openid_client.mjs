// An application built with openid-client. It checks the signature of every ID token, which is optional there.

import * as client from "openid-client";

import { converse, settings } from "./dialogue.mjs";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

const AUTHENTICATIONS = {
  none: () => client.None(),
  client_secret_basic: () => client.ClientSecretBasic(settings.client_secret),
  client_secret_post: () => client.ClientSecretPost(settings.client_secret),
  client_secret_jwt: () => client.ClientSecretJwt(settings.client_secret),
  async private_key_jwt() {
    const algorithm = { name: "ECDSA", namedCurve: settings.private_key.crv };
    const key = await crypto.subtle.importKey("jwk", settings.private_key, algorithm, false, ["sign"]);
    return client.PrivateKeyJwt({ key, kid: settings.private_key.kid });
  },
};

const config = await client.discovery(
  new URL(`${settings.endpoint}/oidc`),
  settings.client_id,
  undefined,
  await AUTHENTICATIONS[settings.authentication](),
  {
    algorithm: settings.metadata,
    // The server under test speaks plain HTTP on this machine.
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  },
);

// Empty, or what binds tokens to a key of this application's own (RFC 9449).
const possession = settings.proves_possession
  ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair()) }
  : {};

let checks;
let tokens;
let device;

/** What a handler makes of the address, or of the form, that the visitor comes back with. */
function incoming({ url, form }) {
  return form ? new Request(url, { method: "POST", body: new URLSearchParams(form) }) : new URL(url);
}

/** A request for everything this application is to have, and more. */
function everything(more = {}) {
  const scope = ["openid", "offline_access", "profile", ...settings.scopes].join(" ");
  const parameters = new URLSearchParams({ scope, ...more });
  for (const resource of settings.resources) parameters.append("resource", resource);
  return parameters;
}

async function authorization({ redirect_uri, ...more }) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  checks = {
    pkceCodeVerifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    maxAge: more.max_age === undefined ? undefined : Number(more.max_age),
  };
  return everything({
    redirect_uri,
    prompt: "consent",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...more,
  });
}

async function refreshed(parameters) {
  const { access_token, refresh_token } = await client.refreshTokenGrant(
    config,
    tokens.refresh_token,
    parameters,
    possession,
  );
  tokens.refresh_token = refresh_token;
  return access_token;
}

await converse({
  async begin(wishes) {
    return client.buildAuthorizationUrl(config, await authorization(wishes)).href;
  },
  async push(wishes) {
    return (await client.buildAuthorizationUrlWithPAR(config, await authorization(wishes))).href;
  },
  async finish(answer) {
    tokens = await client.authorizationCodeGrant(config, incoming(answer), checks, undefined, possession);
    return tokens.claims();
  },
  async refresh() {
    tokens.access_token = await refreshed();
  },
  tokens: () => ({
    access_token: tokens.access_token,
    token_type: tokens.token_type,
    refresh_token: tokens.refresh_token,
    id_token: tokens.id_token,
  }),
  obtain: ({ resource }) => refreshed({ resource }),
  userinfo: () => client.fetchUserInfo(config, tokens.access_token, claimsOf(tokens.id_token).sub, possession),
  leave({ redirect_uri: post_logout_redirect_uri }) {
    return client.buildEndSessionUrl(config, { post_logout_redirect_uri, id_token_hint: tokens.id_token }).href;
  },

  async show_code() {
    device = await client.initiateDeviceAuthorization(config, everything());
    return device;
  },
  async await_approval() {
    // Sooner than the five seconds that are usual (RFC 8628 §3.2): the person is quick.
    tokens = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 });
    return tokens.claims();
  },

  exchange: (parameters) => client.genericGrantRequest(config, TOKEN_EXCHANGE, parameters),
  credentials: (parameters) => client.clientCredentialsGrant(config, parameters),
  introspect: ({ token }) => client.tokenIntrospection(config, token),
  revoke: ({ token }) => client.tokenRevocation(config, token),
});

function claimsOf(jwt) {
  return JSON.parse(Buffer.from(jwt.split(".")[1], "base64url").toString());
}
