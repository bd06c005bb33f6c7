// Does our authorization server get on with openid-client, and does it refuse what that client does wrong?
import * as oidc from "openid-client";
import { BACK, answer, check, consent, form, issuer, lever, refused, report, same, secrets, signIn, visit } from "./oauth_person.mjs";

const insecure = { execute: [oidc.allowInsecureRequests] };
const discover = (id, auth) => oidc.discovery(new URL(issuer), id, undefined, auth, insecure);
const partner = await discover("partner", oidc.ClientSecretBasic(secrets.partner));
const rival = await discover("rival", oidc.ClientSecretPost(secrets.rival));
const native = await discover("native", oidc.None());
const scope = "openid offline_access line usage";

async function wish(config, changes = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
  const parameters = {
    redirect_uri: BACK, scope, state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...changes,
  };
  for (const name of Object.keys(parameters)) if (parameters[name] === undefined) delete parameters[name];
  return { url: oidc.buildAuthorizationUrl(config, parameters), checks, parameters };
}

async function signedIn(config, changes = {}, session) {
  const { url, checks } = await wish(config, changes);
  const back = await consent(url, session ?? (await signIn()));
  return { back, checks, tokens: await oidc.authorizationCodeGrant(config, back, checks) };
}

const ask = (token, query = "{ me { line { maskedNumber } } }") =>
  fetch(`${issuer}/graphql`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ query }) });

await check("discovery is read", async () => same(partner.serverMetadata().issuer, issuer));
await check("no registration is offered", async () => same(partner.serverMetadata().registration_endpoint, undefined));
await check("only S256 is offered", async () => same(partner.serverMetadata().code_challenge_methods_supported, ["S256"]));
await check("a confidential client signs a person in", async () => {
  const { tokens } = await signedIn(partner);
  same(tokens.claims().acr, "onehall:2");
  same(tokens.scope, scope);
});
await check("the authorization answer says who gives it", async () => {
  const { back } = await signedIn(partner);
  same(back.searchParams.get("iss"), issuer);
});
await check("an access token opens the graph", async () => {
  const { tokens } = await signedIn(partner);
  const answered = await ask(tokens.access_token);
  same((await answered.json()).data.me.line.maskedNumber, "138****8001");
});
await check("a field outside the scopes stays shut", async () => {
  const { tokens } = await signedIn(partner);
  const answered = await (await ask(tokens.access_token, "{ me { balance { available { amount } } } }")).json();
  same(answered.data.me.balance, null);
});
await check("a public client on any loopback port signs a person in", async () => {
  const { tokens } = await signedIn(native, { redirect_uri: "http://127.0.0.1:50123/back" });
  same(typeof tokens.refresh_token, "string");
});
await check("a public client with a scheme of its own signs a person in", async () => {
  const { url, checks } = await wish(native, { redirect_uri: "com.example.app:/back" });
  const back = await consent(url, await signIn());
  const tokens = await oidc.authorizationCodeGrant(native, back, checks);
  same(typeof tokens.access_token, "string");
});
await check("a client by secret in the body signs a person in", async () => {
  const { tokens } = await signedIn(rival);
  same(typeof tokens.id_token, "string");
});
await check("two clients know one person by different names", async () => {
  const [one, other] = [await signedIn(partner), await signedIn(rival)];
  if (one.tokens.claims().sub === other.tokens.claims().sub) throw new Error("the same name");
});
await check("one client knows one person by one name", async () => {
  const [one, again] = [await signedIn(partner), await signedIn(partner)];
  same(one.tokens.claims().sub, again.tokens.claims().sub);
});
await check("userinfo tells the name", async () => {
  const { tokens } = await signedIn(partner);
  const person = await oidc.fetchUserInfo(partner, tokens.access_token, tokens.claims().sub);
  same(Object.keys(person), ["sub"]);
});
await check("userinfo tells the number with scope phone", async () => {
  const { tokens } = await signedIn(partner, { scope: "openid phone" });
  const person = await oidc.fetchUserInfo(partner, tokens.access_token, tokens.claims().sub);
  same([person.phone_number, person.phone_number_verified], ["+8613800138001", true]);
});
await check("a refresh token is exchanged for another", async () => {
  const { tokens } = await signedIn(partner);
  const next = await oidc.refreshTokenGrant(partner, tokens.refresh_token);
  if (next.refresh_token === tokens.refresh_token) throw new Error("the same again");
});
await check("a refresh can ask for less", async () => {
  const { tokens } = await signedIn(partner);
  const next = await oidc.refreshTokenGrant(partner, tokens.refresh_token, { scope: "line" });
  same(next.scope, "line");
});
await check("a refresh can't ask for more", async () => {
  const { tokens } = await signedIn(partner);
  await refused(() => oidc.refreshTokenGrant(partner, tokens.refresh_token, { scope: "line money" }), "invalid_scope");
});
await check("a refresh token shown twice is refused", async () => {
  const { tokens } = await signedIn(partner);
  await oidc.refreshTokenGrant(partner, tokens.refresh_token);
  await refused(() => oidc.refreshTokenGrant(partner, tokens.refresh_token), "invalid_grant");
});
await check("a refresh token shown twice kills the newer one", async () => {
  const { tokens } = await signedIn(partner);
  const next = await oidc.refreshTokenGrant(partner, tokens.refresh_token);
  await refused(() => oidc.refreshTokenGrant(partner, tokens.refresh_token), "invalid_grant");
  await refused(() => oidc.refreshTokenGrant(partner, next.refresh_token), "invalid_grant");
  same((await ask(next.access_token)).status, 401);
});
await check("another client can't use a refresh token", async () => {
  const { tokens } = await signedIn(partner);
  await refused(() => oidc.refreshTokenGrant(rival, tokens.refresh_token), "invalid_grant");
  await oidc.refreshTokenGrant(partner, tokens.refresh_token);
});
await check("without offline_access there is no refresh token", async () => {
  const { tokens } = await signedIn(partner, { scope: "openid line" });
  same(tokens.refresh_token, undefined);
});
await check("a wrong verifier gets nothing", async () => {
  const { url, checks } = await wish(partner);
  const back = await consent(url, await signIn());
  await refused(() => oidc.authorizationCodeGrant(partner, back, { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }), "invalid_grant");
});
await check("a code is good once", async () => {
  const { back, checks } = await signedIn(partner);
  await refused(() => oidc.authorizationCodeGrant(partner, back, checks), "invalid_grant");
});
await check("a code used twice voids what it got", async () => {
  const { back, checks, tokens } = await signedIn(partner);
  await refused(() => oidc.authorizationCodeGrant(partner, back, checks), "invalid_grant");
  same((await ask(tokens.access_token)).status, 401);
  await refused(() => oidc.refreshTokenGrant(partner, tokens.refresh_token), "invalid_grant");
});
await check("a code is another client's business no more", async () => {
  const { url, checks } = await wish(partner);
  const back = await consent(url, await signIn());
  await refused(() => oidc.authorizationCodeGrant(rival, back, checks), "invalid_grant");
});
await check("a code is over after a minute", async () => {
  const { url, checks } = await wish(partner);
  const back = await consent(url, await signIn());
  await lever("advance", { seconds: 61 });
  await refused(() => oidc.authorizationCodeGrant(partner, back, checks), "invalid_grant");
  await lever("advance", { seconds: -61 });
});
await check("the client itself refuses an ID token for another nonce", async () => {
  const { url, checks } = await wish(partner);
  const back = await consent(url, await signIn());
  await refused(() => oidc.authorizationCodeGrant(partner, back, { ...checks, expectedNonce: "another" }), "unexpected ID Token");
});
await check("the client itself refuses an answer in another server's name", async () => {
  const { url, checks } = await wish(partner);
  const back = await consent(url, await signIn());
  back.searchParams.set("iss", "http://127.0.0.1:1");
  await refused(() => oidc.authorizationCodeGrant(partner, back, checks), "iss");
});
await check("the client itself refuses another state", async () => {
  const { url, checks } = await wish(partner);
  const back = await consent(url, await signIn());
  await refused(() => oidc.authorizationCodeGrant(partner, back, { ...checks, expectedState: "another" }), "state");
});
await check("a no of the person reaches the client in our name", async () => {
  const { url, checks } = await wish(partner, { prompt: "consent" });
  const session = await signIn();
  const { location } = await answer(await visit(url, session), session, false);
  same(location.searchParams.get("iss"), issuer);
  await refused(() => oidc.authorizationCodeGrant(partner, location, checks), "access_denied");
});
await check("a question is answered once", async () => {
  const { url } = await wish(partner, { prompt: "consent" });
  const session = await signIn();
  const asked = await visit(url, session);
  await answer(asked, session);
  same((await answer(asked, session)).said, { turned: "bad_request" });
});
await check("nobody answers another person's question", async () => {
  const { url } = await wish(partner, { prompt: "consent" });
  const asked = await visit(url, await signIn());
  same((await answer(asked, await signIn({ number: "13900139002" }))).said, { turned: "bad_request" });
});
await check("a visitor has to sign in first", async () => {
  const { url } = await wish(partner);
  same((await visit(url)).said, { must_prove: 2, fresh_within: null });
});
await check("prompt=none and nobody there is login_required", async () => {
  const { url, checks } = await wish(partner, { prompt: "none" });
  const { location } = await visit(url);
  same(location.searchParams.get("iss"), issuer);
  await refused(() => oidc.authorizationCodeGrant(partner, location, checks), "login_required");
});
await check("prompt=none without a consent is consent_required", async () => {
  const { url } = await wish(rival, { prompt: "none", scope: "openid money" });
  const { location } = await visit(url, await signIn());
  same(location.searchParams.get("error"), "consent_required");
});
await check("what was consented to is not asked again", async () => {
  await signedIn(partner, { scope: "openid money" });
  const { url, checks } = await wish(partner, { scope: "openid money", prompt: "none" });
  const { location } = await visit(url, await signIn());
  same(typeof (await oidc.authorizationCodeGrant(partner, location, checks)).access_token, "string");
});
await check("acr_values of level 3 ask for both proofs", async () => {
  const { url } = await wish(partner, { acr_values: "onehall:3" });
  same((await visit(url, await signIn())).said, { must_prove: 3, fresh_within: 600 });
});
await check("level 3 is said in the ID token and never granted", async () => {
  const { tokens } = await signedIn(partner, { acr_values: "onehall:3" }, await signIn({ code: true }));
  same([tokens.claims().acr, tokens.claims().amr], ["onehall:3", ["otp", "sms", "pwd", "mfa"]]);
  const held = await (await ask(tokens.access_token, "{ me { assurance { level } } }")).json();
  same(held.data.me.assurance.level, 2);
});
await check("max_age asks an old session to prove again", async () => {
  const session = await signIn();
  await lever("advance", { seconds: 120 });
  const { url } = await wish(partner, { max_age: "60" });
  same((await visit(url, session)).said, { must_prove: 2, fresh_within: 60 });
  await lever("advance", { seconds: -120 });
});
await check("a pushed request is authorized", async () => {
  const { parameters, checks } = await wish(partner);
  const url = await oidc.buildAuthorizationUrlWithPAR(partner, parameters);
  same([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  const tokens = await oidc.authorizationCodeGrant(partner, await consent(url, await signIn()), checks);
  same(typeof tokens.access_token, "string");
});
await check("a pushed request is answered once", async () => {
  const { parameters } = await wish(partner);
  const url = await oidc.buildAuthorizationUrlWithPAR(partner, parameters);
  const session = await signIn();
  await consent(url, session);
  same((await visit(url, session)).said, { turned: "bad_request" });
});
await check("another client can't use a pushed request", async () => {
  const { parameters } = await wish(partner);
  const url = await oidc.buildAuthorizationUrlWithPAR(partner, parameters);
  url.searchParams.set("client_id", "rival");
  same((await visit(url, await signIn())).said, { turned: "bad_request" });
});
await check("what is wrong is refused when it is pushed", async () => {
  const { parameters } = await wish(partner, { code_challenge_method: "plain" });
  await refused(() => oidc.buildAuthorizationUrlWithPAR(partner, parameters), "invalid_request");
});
await check("a token is introspected by its client", async () => {
  const { tokens } = await signedIn(partner);
  const said = await oidc.tokenIntrospection(partner, tokens.access_token);
  same([said.active, said.client_id, said.aud], [true, "partner", `${issuer}/graphql`]);
});
await check("a refresh token is introspected by its client", async () => {
  const { tokens } = await signedIn(partner);
  same((await oidc.tokenIntrospection(partner, tokens.refresh_token)).active, true);
});
await check("another client's token says nothing", async () => {
  const { tokens } = await signedIn(partner);
  same(await oidc.tokenIntrospection(rival, tokens.access_token), { active: false });
});
await check("a public client can't introspect", async () => {
  const { tokens } = await signedIn(native, { redirect_uri: "http://127.0.0.1:50123/back" });
  await refused(() => oidc.tokenIntrospection(native, tokens.access_token), "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
});
await check("revoking the refresh token ends everything", async () => {
  const { tokens } = await signedIn(partner);
  await oidc.tokenRevocation(partner, tokens.refresh_token);
  same((await ask(tokens.access_token)).status, 401);
  same(await oidc.tokenIntrospection(partner, tokens.access_token), { active: false });
});
await check("revoking the access token ends everything", async () => {
  const { tokens } = await signedIn(native, { redirect_uri: "http://127.0.0.1:50123/back" });
  await oidc.tokenRevocation(native, tokens.access_token);
  await refused(() => oidc.refreshTokenGrant(native, tokens.refresh_token), "invalid_grant");
});
await check("another client's revocation ends nothing", async () => {
  const { tokens } = await signedIn(partner);
  await oidc.tokenRevocation(rival, tokens.refresh_token);
  same((await ask(tokens.access_token)).status, 200);
});
await check("a logout ends the grant and leads home", async () => {
  const { tokens } = await signedIn(partner);
  const url = oidc.buildEndSessionUrl(partner, { id_token_hint: tokens.id_token, post_logout_redirect_uri: "http://127.0.0.1:9/home", state: "bye" });
  const response = await fetch(url, { redirect: "manual" });
  same(response.headers.get("location"), "http://127.0.0.1:9/home?state=bye");
  same((await ask(tokens.access_token)).status, 401);
});
await check("a logout leads to no address that is not registered", async () => {
  const { tokens } = await signedIn(partner);
  const url = oidc.buildEndSessionUrl(partner, { id_token_hint: tokens.id_token, post_logout_redirect_uri: "http://127.0.0.1:9/homes" });
  same((await fetch(url, { redirect: "manual" })).headers.get("location"), `${issuer}/`);
});
await check("a logout without an ID token ends nothing", async () => {
  const { tokens } = await signedIn(partner);
  const url = oidc.buildEndSessionUrl(partner, { post_logout_redirect_uri: "http://127.0.0.1:9/home" });
  same((await fetch(url, { redirect: "manual" })).headers.get("location"), "/");
  same((await ask(tokens.access_token)).status, 200);
});
await check("a sign-out before the code is redeemed voids it", async () => {
  const session = await signIn();
  const { url, checks } = await wish(partner);
  const back = await consent(url, session);
  await lever("sign-out", { session });
  await refused(() => oidc.authorizationCodeGrant(partner, back, checks), "invalid_grant");
});
await check("the password grant does not exist", async () => {
  const said = await form("/oauth/token", { grant_type: "password", client_id: "native", username: "13800138001", password: "258001" });
  same([said.status, said.body.error], [400, "unsupported_grant_type"]);
});
report();
