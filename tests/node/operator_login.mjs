// The login of an operator, by an independent implementation: who signs in, and how surely, is set over /control.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [, , callback] = process.argv;
let next = { account: "13800138001", acr: undefined, amr: ["pwd"], verified: true, deny: false };

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "onehall",
      client_secret: "a secret of the operator's login",
      redirect_uris: [callback],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  claims: { openid: ["sub", "acr", "amr", "auth_time"], phone: ["phone_number", "phone_number_verified"] },
  conformIdTokenClaims: false,
  acrValues: ["urn:op:one", "urn:op:two", "urn:op:three"],
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  cookies: { keys: ["of these tests"] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, phone_number: `+86${id}`, phone_number_verified: next.verified }),
  }),
});

async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (next.deny) {
    const result = { error: "access_denied", error_description: "the person said no" };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  if (prompt.name === "login") {
    const login = { accountId: next.account, acr: next.acr, amr: next.amr, ts: Math.floor(Date.now() / 1000) };
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid phone");
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

const answer = provider.callback();
server.on("request", (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === "/control") {
    next = { ...next, ...JSON.parse(url.searchParams.get("next")) };
    return response.end("ok");
  }
  return url.pathname.startsWith("/interaction/") ? interact(request, response) : answer(request, response);
});
console.log(issuer);
