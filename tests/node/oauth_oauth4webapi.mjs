// Does our authorization server keep to the letter, as oauth4webapi reads it, and what does it say to what is wrong?
import * as oauth from "oauth4webapi";
import { BACK, check, consent, form, issuer, lever, refused, report, same, secrets, signIn, visit } from "./oauth_person.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const scope = "openid offline_access line usage";
const client = { client_id: "partner" };
const secret = oauth.ClientSecretBasic(secrets.partner);
const found = await oauth.discoveryRequest(new URL(issuer), insecure);
const server = await oauth.processDiscoveryResponse(new URL(issuer), found);

async function wish(changes = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: "partner", response_type: "code", redirect_uri: BACK, scope, state: "s1", nonce: "n1",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...changes,
  };
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
  return { url, verifier, parameters };
}

const redeem = (params, verifier, auth = secret, who = client, back = BACK) =>
  oauth.authorizationCodeGrantRequest(server, who, auth, params, back, verifier, insecure);

async function signedIn(changes = {}, checks = {}) {
  const { url, verifier } = await wish(changes);
  const params = oauth.validateAuthResponse(server, client, await consent(url, await signIn()), "s1");
  const response = await redeem(params, verifier);
  const kept = response.headers.get("cache-control");
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: "n1", requireIdToken: true, ...checks });
  return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens), response, kept };
}

const bearer = (token) => new Request(`${issuer}/graphql`, { headers: { authorization: `Bearer ${token}` } });
const turned = async (changes, code) => same((await visit((await wish(changes)).url, await signIn())).said, { turned: code });
const led = async (changes, error) => {
  const { location } = await visit((await wish(changes)).url, await signIn());
  same([location.origin + location.pathname, location.searchParams.get("error"), location.searchParams.get("state"), location.searchParams.get("iss")], [BACK, error, "s1", issuer]);
};
const graph = async (token) => (await fetch(`${issuer}/graphql`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: '{"query":"{ __typename }"}' })).status;

await check("the metadata of RFC 8414 is the same", async () => {
  const other = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), { ...insecure, algorithm: "oauth2" }));
  same(other, server);
});
await check("tokens are never kept by a cache", async () => same((await signedIn()).kept, "no-store"));
await check("the ID token's signature is ours", async () => {
  const { response } = await signedIn();
  await oauth.validateApplicationLevelSignature(server, response, insecure);
});
await check("the ID token is as old as max_age allows", async () => {
  const { claims } = await signedIn({ max_age: "600" }, { maxAge: 600 });
  same(typeof claims.auth_time, "number");
});
await check("the access token is one of RFC 9068", async () => {
  const { tokens, claims } = await signedIn();
  const read = await oauth.validateJwtAccessToken(server, bearer(tokens.access_token), `${issuer}/graphql`, insecure);
  same([read.client_id, read.sub, read.scope, read.sid, read.acr], ["partner", claims.sub, scope, claims.sid, "onehall:2"]);
});
await check("the access token is for nobody else", async () => {
  const { tokens } = await signedIn();
  await refused(() => oauth.validateJwtAccessToken(server, bearer(tokens.access_token), "https://elsewhere.example", insecure), "aud");
});
await check("an ID token is no access token", async () => {
  const { tokens } = await signedIn();
  await refused(() => oauth.validateJwtAccessToken(server, bearer(tokens.id_token), `${issuer}/graphql`, insecure), "typ");
  same(await graph(tokens.id_token), 401);
});
await check("a token signed with nothing opens nothing", async () => {
  const [, body] = (await signedIn()).tokens.access_token.split(".");
  const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
  same([await graph(`${header}.${body}.`), await graph(`${header}.${body}.AAAA`)], [401, 401]);
});
await check("a token that was changed opens nothing", async () => {
  const [head, body, mark] = (await signedIn()).tokens.access_token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  const forged = Buffer.from(JSON.stringify({ ...claims, scope: "line usage money bills inbox" })).toString("base64url");
  same(await graph(`${head}.${forged}.${mark}`), 401);
});
await check("a token signed with our public key as a secret opens nothing", async () => {
  const [, body] = (await signedIn()).tokens.access_token.split(".");
  const [key] = (await (await fetch(server.jwks_uri)).json()).keys;
  const head = Buffer.from(JSON.stringify({ alg: "HS256", typ: "at+jwt", kid: key.kid })).toString("base64url");
  const hmac = await crypto.subtle.importKey("raw", Buffer.from(JSON.stringify(key)), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mark = Buffer.from(await crypto.subtle.sign("HMAC", hmac, Buffer.from(`${head}.${body}`))).toString("base64url");
  same(await graph(`${head}.${body}.${mark}`), 401);
});
await check("a token for another audience, by a key of somebody's own, opens nothing", async () => {
  const pair = await oauth.generateKeyPair("RS256", { extractable: true });
  const [head, body] = (await signedIn()).tokens.access_token.split(".");
  const mark = Buffer.from(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", pair.privateKey, Buffer.from(`${head}.${body}`))).toString("base64url");
  same(await graph(`${head}.${body}.${mark}`), 401);
});
await check("an access token is over after ten minutes", async () => {
  const { tokens } = await signedIn();
  await lever("advance", { seconds: 601 });
  same(await graph(tokens.access_token), 401);
  await lever("advance", { seconds: -601 });
});
await check("keys are published without what is private", async () => {
  const { keys } = await (await fetch(server.jwks_uri)).json();
  same(keys.map((key) => [key.kty, key.alg, key.use, "d" in key]), [["RSA", "RS256", "sig", false]]);
});
await check("userinfo is read by the letter", async () => {
  const { tokens, claims } = await signedIn();
  const response = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
  same((await oauth.processUserInfoResponse(server, client, claims.sub, response)).sub, claims.sub);
});
await check("userinfo refuses a token of nobody's", async () => {
  const response = await oauth.userInfoRequest(server, client, "a.b.c", insecure);
  await refused(() => oauth.processUserInfoResponse(server, client, "x", response), "WWW-Authenticate");
});
await check("userinfo needs the scope openid", async () => {
  const { url, verifier } = await wish({ scope: "line", nonce: undefined });
  const params = oauth.validateAuthResponse(server, client, await consent(url, await signIn()), "s1");
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, await redeem(params, verifier));
  same(tokens.id_token, undefined);
  same((await oauth.userInfoRequest(server, client, tokens.access_token, insecure)).status, 403);
});
await check("a request without a challenge gets no code", () => led({ code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"));
await check("a plain challenge gets no code", () => led({ code_challenge_method: "plain" }, "invalid_request"));
await check("a challenge without its method gets no code", () => led({ code_challenge_method: undefined }, "invalid_request"));
await check("a challenge that is none gets no code", () => led({ code_challenge: "short" }, "invalid_request"));
await check("a response type for tokens is refused", () => led({ response_type: "token" }, "unsupported_response_type"));
await check("a hybrid response type is refused", () => led({ response_type: "code id_token" }, "unsupported_response_type"));
await check("an unknown scope is refused", () => led({ scope: "openid everything" }, "invalid_scope"));
await check("a scope that the client may not have is left out", async () => {
  same((await visit((await wish({ scope: "openid line inbox all", prompt: "consent" })).url, await signIn())).said.scopes, ["openid", "line"]);
});
await check("no scope at all is refused", () => led({ scope: undefined }, "invalid_scope"));
await check("a request object is refused", () => led({ request: "e30.e30." }, "request_not_supported"));
await check("another response mode is refused", () => led({ response_mode: "fragment" }, "invalid_request"));
await check("another resource is refused", () => led({ resource: "https://elsewhere.example" }, "invalid_target"));
await check("prompts that exclude each other are refused", () => led({ prompt: "none login" }, "invalid_request"));
await check("an unknown client is shown to the person alone", () => turned({ client_id: "nobody" }, "bad_client"));
await check("another address is shown to the person alone", () => turned({ redirect_uri: "http://127.0.0.1:9/back/" }, "bad_redirect"));
await check("an address with something added is shown to the person alone", () => turned({ redirect_uri: `${BACK}?x=1` }, "bad_redirect"));
await check("another port of a web client's is shown to the person alone", () => turned({ redirect_uri: "http://127.0.0.1:10/back" }, "bad_redirect"));
await check("a missing address is shown to the person alone", () => turned({ redirect_uri: undefined }, "bad_redirect"));
await check("an address of a foreign request_uri is never fetched", () => turned({ request_uri: "https://evil.example/r" }, "bad_request"));
await check("a repeated parameter is shown to the person alone", async () => {
  const { url } = await wish();
  url.searchParams.append("scope", "money");
  same((await visit(url, await signIn())).said, { turned: "bad_request" });
});
await check("an answer without our name is refused by the client", async () => {
  const back = await consent((await wish()).url, await signIn());
  back.searchParams.delete("iss");
  await refused(async () => oauth.validateAuthResponse(server, client, back, "s1"), "iss");
});
await check("a code with no verifier gets nothing", async () => {
  const { url } = await wish();
  const params = oauth.validateAuthResponse(server, client, await consent(url, await signIn()), "s1");
  const response = await redeem(params, oauth.nopkce);
  await refused(() => oauth.processAuthorizationCodeResponse(server, client, response), "invalid_request");
});
await check("a code with another address gets nothing", async () => {
  const { url, verifier } = await wish();
  const params = oauth.validateAuthResponse(server, client, await consent(url, await signIn()), "s1");
  const response = await redeem(params, verifier, secret, client, "http://127.0.0.1:9/other");
  await refused(() => oauth.processAuthorizationCodeResponse(server, client, response), "invalid_grant");
});
await check("a wrong secret is refused with 401", async () => {
  const { url, verifier } = await wish();
  const params = oauth.validateAuthResponse(server, client, await consent(url, await signIn()), "s1");
  const response = await redeem(params, verifier, oauth.ClientSecretBasic("wrong"));
  same(response.status, 401);
  await refused(() => oauth.processAuthorizationCodeResponse(server, client, response), "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
});
await check("a confidential client without its secret is refused", async () => {
  const { url, verifier } = await wish();
  const params = oauth.validateAuthResponse(server, client, await consent(url, await signIn()), "s1");
  const response = await redeem(params, verifier, oauth.None());
  same((await response.json()).error, "invalid_client");
});
await check("two ways of client authentication at once are refused", async () => {
  const basic = Buffer.from(`partner:${secrets.partner}`).toString("base64");
  const said = await form("/oauth/token", { grant_type: "refresh_token", refresh_token: "x", client_secret: secrets.partner }, { authorization: `Basic ${basic}` });
  same([said.status, said.body.error], [400, "invalid_request"]);
});
await check("a form that repeats a parameter is refused", async () => {
  const said = await form("/oauth/token", [["grant_type", "refresh_token"], ["grant_type", "authorization_code"]]);
  same([said.status, said.body.error], [400, "invalid_request"]);
});
await check("a body that is no form is refused", async () => {
  const response = await fetch(server.token_endpoint, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  same([response.status, (await response.json()).error], [400, "invalid_request"]);
});
await check("a body without bounds is refused", async () => {
  const said = await form("/oauth/token", { grant_type: "x".repeat(20_000) });
  same(said.status, 413);
});
await check("credentials of the client grant do not exist", async () => {
  const response = await oauth.clientCredentialsGrantRequest(server, client, secret, {}, insecure);
  await refused(() => oauth.processClientCredentialsResponse(server, client, response), "unsupported_grant_type");
});
await check("nobody registers by himself", async () => {
  const response = await fetch(`${issuer}/oauth/register`, { method: "POST", body: "{}" });
  same([server.registration_endpoint, response.status], [undefined, 404]);
});
await check("a next key is published before it signs, and old tokens stay good", async () => {
  const { tokens } = await signedIn();
  const day = 86_400;
  await lever("advance", { seconds: 89 * day + 60 });
  await lever("rotate");
  await lever("advance", { seconds: 301 });
  same((await (await fetch(server.jwks_uri)).json()).keys.length, 2);
  await lever("advance", { seconds: -89 * day - 361 });
  await oauth.validateJwtAccessToken(server, bearer(tokens.access_token), `${issuer}/graphql`, insecure);
});
report();
