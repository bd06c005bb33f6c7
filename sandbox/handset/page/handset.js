// Whose phone is this, and which of its two faces shows?
import { WORDS } from "./words.js";
import { showTime } from "./clock.js";
import { Messages } from "./messages.js";
import { Phone } from "./call.js";

const $ = (id) => document.getElementById(id);
const KEPT = { language: "handset.language", number: "handset.number" };

const state = { language: kept(KEPT.language) === "en" ? "en" : "zh", number: kept(KEPT.number) ?? "", personas: [], hall: "10086" };
const words = () => WORDS[state.language];
const messages = new Messages(words, unread);
const phone = new Phone(words);

function kept(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function keep(name, value) {
  try { localStorage.setItem(name, value); } catch { /* a private window keeps nothing */ }
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function translate() {
  const own = words();
  document.documentElement.lang = own.tag;
  document.title = own.title;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = own[each.dataset.word];
  for (const each of document.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", own[each.dataset.label]);
    if (each.tagName === "BUTTON") each.title = own[each.dataset.label];
  }
  $("language").textContent = own.other;
  $("language").lang = own.otherTag;
  $("text").placeholder = own.textHint;
  for (const button of document.querySelectorAll("[data-mb]")) button.textContent = own[`use${button.dataset.mb}`];
  $("keys").replaceChildren(...own.keys.flatMap(([key, what]) => [element("dt", { textContent: key }), element("dd", { textContent: what })]));
  $("used").textContent = "";
  $("people-toggle").textContent = state.number || own.people;
  messages.translate();
  phone.translate();
  showPersonas();
}

function showPersonas() {
  const own = words();
  const cards = state.personas.map((persona) => {
    const chosen = persona.number === state.number;
    const radio = element("input", { type: "radio", name: "persona", value: persona.number, checked: chosen });
    radio.addEventListener("change", () => choose(persona.number));
    const story = element("span", { className: "story", textContent: persona.story[state.language] });
    const secrets = [[own.password, persona.servicePassword], [own.identity, persona.identityNumber]];
    const shown = secrets.map(([word, value]) => element("span", { className: "secret", textContent: `${word} ${value}` }));
    return element("label", { className: "persona" }, radio, element("strong", { textContent: persona.number }), story, ...shown);
  });
  $("personas").replaceChildren(...cards);
}

function choose(number) {
  if (!/^[0-9]{5,20}$/.test(number)) return;
  state.number = number;
  keep(KEPT.number, number);
  $("own-number").textContent = number;
  $("people-toggle").textContent = number;
  for (const radio of document.querySelectorAll("[name=persona]")) radio.checked = radio.value === number;
  openPeople(false);
  messages.follow(number);
  phone.belongsTo(number);
}

function openPeople(open) {
  document.body.classList.toggle("people-open", open);
  $("people-toggle").setAttribute("aria-expanded", String(open));
}

function show(tab) {
  document.body.dataset.tab = tab;
  for (const name of ["messages", "phone"]) {
    const chosen = name === tab;
    $(name).hidden = !chosen;
    $(`tab-${name}`).setAttribute("aria-selected", String(chosen));
    $(`tab-${name}`).tabIndex = chosen ? 0 : -1;
  }
  messages.shows(tab === "messages");
  unread(messages.unread);
}

function unread(count) {
  $("unread").hidden = count === 0;
  $("unread").textContent = String(count);
  $("unread").setAttribute("aria-label", words().unread(count));
}

async function useData(mebibytes) {
  const answer = await fetch("/sandbox/usage", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ number: state.number, usageType: "data", amount: mebibytes * 1024 * 1024 }),
  }).catch(() => null);
  const volume = mebibytes >= 1024 ? `${mebibytes / 1024} GB` : `${mebibytes} MB`;
  $("used").textContent = answer?.ok ? words().used(volume) : words().notUsed;
}

async function begin() {
  const [hall, personas] = await Promise.all(
    ["/handset/hall", "/sandbox/personas"].map((url) => fetch(url).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null)),
  );
  state.hall = hall?.number ?? state.hall;
  state.personas = personas ?? [];
  $("personas-problem").hidden = personas !== null;
  for (const each of document.querySelectorAll(".hall-number")) each.textContent = state.hall;
  phone.callsHall(state.hall);
  translate();
  choose(state.number || state.personas[0]?.number || "13800138001");
}

function tick() {
  $("time").textContent = showTime(new Date());
}

$("language").addEventListener("click", () => {
  state.language = state.language === "zh" ? "en" : "zh";
  keep(KEPT.language, state.language);
  translate();
});
$("people-toggle").addEventListener("click", () => openPeople(!document.body.classList.contains("people-open")));
$("other").addEventListener("submit", (event) => {
  event.preventDefault();
  choose($("other-number").value.trim());
});
for (const name of ["messages", "phone"]) {
  $(`tab-${name}`).addEventListener("click", () => show(name));
  $(`tab-${name}`).addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const next = name === "messages" ? "phone" : "messages";
    show(next);
    $(`tab-${next}`).focus();
  });
}
for (const button of document.querySelectorAll("[data-mb]")) button.addEventListener("click", () => useData(Number(button.dataset.mb)));
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input:not([type=radio]), textarea");
  if (document.body.dataset.tab === "phone" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) phone.typed(event);
});
tick();
setInterval(tick, 10_000);
show("messages");
translate();
begin();
