// What was texted between this phone and the hall?
import { showTime } from "./clock.js";

const $ = (id) => document.getElementById(id);
const WAIT_SECONDS = 20;
const RETRY_MS = 3_000;

export class Messages {
  constructor(words, tellUnread) {
    this.words = words;
    this.tellUnread = tellUnread;
    this.number = "";
    this.texts = [];
    this.unread = 0;
    this.shown = true;
    this.following = null;
    $("compose").addEventListener("submit", (event) => { event.preventDefault(); this.send($("text").value); });
    $("text").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send($("text").value);
    });
  }

  translate() {
    const chips = this.words().chipWords.map(([command, what]) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.append(Object.assign(document.createElement("strong"), { textContent: command }), ` ${what}`);
      chip.addEventListener("click", () => this.send(command));
      return chip;
    });
    $("chips").replaceChildren(...chips);
    $("messages-problem").textContent = "";
    this.draw();
  }

  follow(number) {
    this.following?.abort();
    this.following = new AbortController();
    this.number = number;
    this.texts = [];
    this.count(0);
    this.draw();
    this.keepUp(number, this.following.signal);
  }

  shows(shown) {
    this.shown = shown;
    if (shown) this.count(0);
    if (shown) this.scroll();
  }

  async keepUp(number, signal) {
    let first = true;
    while (!signal.aborted) {
      const after = this.texts.at(-1)?.id ?? 0;
      try {
        const answer = await fetch(`/handset/messages?number=${number}&after=${after}&wait=${first ? 0 : WAIT_SECONDS}`, { signal });
        if (!answer.ok) throw new Error(String(answer.status));
        const fresh = await answer.json();
        if (signal.aborted) return;
        this.add(fresh, !first);
        first = false;
      } catch (error) {
        if (signal.aborted) return;
        await new Promise((wake) => setTimeout(wake, RETRY_MS));
      }
    }
  }

  add(fresh, isNews) {
    if (!fresh.length) return;
    this.texts.push(...fresh);
    if (isNews && !this.shown) this.count(this.unread + fresh.filter((text) => text.direction === "received").length);
    if (this.texts.length === fresh.length) this.draw();
    else $("thread").append(...fresh.map((text) => this.bubble(text)));
    this.scroll();
  }

  count(unread) {
    this.unread = unread;
    this.tellUnread(unread);
  }

  async send(text) {
    if (!text.trim() || !this.number) return;
    $("messages-problem").textContent = "";
    const answer = await fetch("/handset/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ number: this.number, text: text.trim() }),
    }).catch(() => null);
    if (!answer?.ok) {
      $("messages-problem").textContent = this.words().notSent;
      return;
    }
    $("text").value = "";
  }

  draw() {
    if (this.texts.length) {
      $("thread").replaceChildren(...this.texts.map((text) => this.bubble(text)));
    } else {
      const empty = Object.assign(document.createElement("div"), { className: "empty", textContent: this.words().empty });
      $("thread").replaceChildren(empty);
    }
    this.scroll();
  }

  bubble(text) {
    const bubble = Object.assign(document.createElement("p"), { className: "bubble", textContent: text.text });
    const time = showTime(new Date(text.at));
    const parts = text.parts > 1 ? ` · ${this.words().parts(text.parts)}` : "";
    const when = Object.assign(document.createElement("time"), { dateTime: text.at, textContent: time + parts });
    const line = Object.assign(document.createElement("div"), { className: text.direction });
    line.append(bubble, when);
    return line;
  }

  scroll() {
    $("thread").scrollTop = $("thread").scrollHeight;
  }
}
