// An application built with @logto/node.

import LogtoClient from "@logto/node";

import { converse, settings } from "./dialogue.mjs";

const kept = new Map();
const storage = {
  getItem: async (key) => kept.get(key) ?? null,
  setItem: async (key, value) => void kept.set(key, value),
  removeItem: async (key) => void kept.delete(key),
};

let navigatedTo;
const client = new LogtoClient(
  {
    endpoint: settings.endpoint,
    appId: settings.client_id,
    appSecret: settings.client_secret ?? undefined,
    scopes: settings.scopes,
    resources: settings.resources,
  },
  { storage, navigate: (url) => void (navigatedTo = url) },
);

await converse({
  async begin({ redirect_uri: redirectUri }) {
    await client.signIn({ redirectUri });
    return navigatedTo;
  },
  async finish({ url }) {
    await client.handleSignInCallback(url);
    return client.getIdTokenClaims();
  },
  async refresh() {
    // The library refreshes when it keeps no access token.
    await client.clearAccessToken();
    await client.getAccessToken();
  },
  async tokens() {
    return {
      access_token: await client.getAccessToken(),
      refresh_token: await client.getRefreshToken(),
      id_token: await client.getIdToken(),
    };
  },
  obtain: ({ resource }) => client.getAccessToken(resource),
  userinfo: () => client.fetchUserInfo(),
  async leave({ redirect_uri: redirectUri }) {
    await client.signOut(redirectUri);
    return navigatedTo;
  },
});
