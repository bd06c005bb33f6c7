// Who is at the browser? Signs in, answers the bare consent page, and pulls the stage's levers.
export const { issuer, secrets } = JSON.parse(process.argv[2]);
export const BACK = "http://127.0.0.1:9/back";

const judged = [];

/** Notes whether `deed` does what its name says; a thrown error is the reason why not. */
export async function check(name, deed) {
  try {
    await deed();
    judged.push({ name, ok: true, reason: "" });
  } catch (error) {
    judged.push({ name, ok: false, reason: `${error?.stack ?? error} ${JSON.stringify(error?.cause ?? "")}`.slice(0, 900) });
  }
}

export const report = () => console.log(JSON.stringify(judged));

export function same(got, wanted) {
  const [left, right] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

/** The error that `deed` throws must be of this OAuth code, or have this in its message or code. */
export async function refused(deed, wanted) {
  let answer;
  try {
    answer = await deed();
  } catch (error) {
    const said = [error.error, error.code, error.message, error.cause?.error, error.cause?.message].filter(Boolean);
    if (said.some((text) => String(text).includes(wanted))) return error;
    throw new Error(`refused with ${said.join(" | ")} and not with ${wanted}`, { cause: error });
  }
  throw new Error(`not refused: ${JSON.stringify(answer)}`);
}

export async function lever(name, wish = {}) {
  const response = await fetch(`${issuer}/levers/${name}`, { method: "POST", body: JSON.stringify(wish) });
  if (!response.ok) throw new Error(`lever ${name}: ${response.status}`);
  return response.json();
}

export const signIn = async (wish) => (await lever("sign-in", wish)).session;

/** What the authorization endpoint says to the person: {location} or {status, said}. */
export async function visit(url, session) {
  const headers = session ? { "x-session": session } : {};
  return read(await fetch(url, { redirect: "manual", headers }));
}

export async function answer(asked, session, yes = true) {
  const body = new URLSearchParams({ request: asked.said.request, answer: yes ? "yes" : "no" });
  return read(await fetch(`${issuer}/oauth/authorize`, { method: "POST", redirect: "manual", headers: { "x-session": session }, body }));
}

/** The client's address with what the person's yes (or what needs no question) brings. */
export async function consent(url, session) {
  const said = await visit(url, session);
  const led = said.location ? said : await answer(said, session);
  if (!led.location) throw new Error(`nowhere to go: ${JSON.stringify(said)} ${JSON.stringify(led)}`);
  return led.location;
}

export async function form(path, fields, headers = {}) {
  const response = await fetch(issuer + path, { method: "POST", headers, body: new URLSearchParams(fields) });
  return { status: response.status, body: await response.json().catch(() => null), headers: response.headers };
}

async function read(response) {
  const location = response.headers.get("location");
  if (location) return { location: new URL(location) };
  return { status: response.status, said: await response.json() };
}
