// How does a call go, as this phone's owner sees and hears it?
const $ = (id) => document.getElementById(id);
const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"], ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]];
const RATES = { "x-slow": 0.5, slow: 0.75, medium: 1, default: 1, fast: 1.25, "x-fast": 1.5 };
const VOLUMES = { silent: 0, "x-soft": 0.3, soft: 0.5, medium: 0.75, default: 0.75, loud: 1, "x-loud": 1 };
const TICK_MS = 250;
const MS_PER_CHARACTER = { zh: 190, en: 65 };

export class Phone {
  constructor(words) {
    this.words = words;
    this.owner = "";
    this.hall = "";
    this.dialled = "";
    this.call = null;
    this.drawn = 0;
    this.aloud = false;
    this.speakingUntil = 0;
    this.waitedFrom = 0;
    this.seen = -1;
    this.problem = "";
    this.deeds = Promise.resolve();
    this.makeKeypad();
    $("dial").addEventListener("click", () => (this.isTalking() ? this.hangUp() : this.dial()));
    $("silence").addEventListener("click", () => this.letTimeRunOut());
    $("erase").addEventListener("click", () => { this.dialled = this.dialled.slice(0, -1); this.problem = ""; this.draw(); });
    $("speaker").addEventListener("click", () => this.readAloud(!this.aloud));
    setInterval(() => this.tick(), TICK_MS);
  }

  makeKeypad() {
    const keys = KEYS.map(([key, letters]) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.dataset.key = key;
      button.dataset.letters = letters;
      button.append(Object.assign(document.createElement("span"), { className: "hidden" }), Object.assign(document.createElement("b"), { textContent: key }));
      button.addEventListener("click", () => this.press(key));
      return button;
    });
    $("keypad").append(...keys);
  }

  translate() {
    for (const button of $("keypad").children) button.firstChild.textContent = this.words().key;
    this.redraw();
  }

  callsHall(number) {
    this.hall = number;
    this.dialled = this.dialled || number;
    this.draw();
  }

  belongsTo(number) {
    if (number === this.owner) return;
    if (this.isTalking()) this.hangUp();
    this.owner = number;
    this.deeds = this.deeds.then(() => { this.call = null; this.problem = ""; this.redraw(); });
  }

  isTalking() {
    return this.call?.state === "talking" || this.call?.state === "ringing";
  }

  typed(event) {
    if (/^[0-9*#]$/.test(event.key)) this.press(event.key);
    else if (event.key === "Backspace" && !this.isTalking()) $("erase").click();
    else return;
    event.preventDefault();
  }

  press(key) {
    const button = [...$("keypad").children].find((each) => each.dataset.key === key);
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 140);
    if (!this.isTalking()) {
      if (this.call) { this.call = null; this.dialled = ""; this.redraw(); }
      this.dialled = (this.dialled === this.hall ? "" : this.dialled) + key;
      this.problem = "";
      this.draw();
      return;
    }
    this.hush();
    this.ask(`/handset/calls/${this.call.id}/keys`, { key });
  }

  dial() {
    if (this.dialled !== this.hall) {
      this.problem = this.dialled ? `${this.words().unknown} ${this.hall}` : "";
      this.dialled = this.dialled || this.hall;
      this.draw();
      return;
    }
    this.problem = "";
    this.call = { id: null, state: "ringing", turns: [], seen: 0, keysPressed: 0 };
    this.redraw();
    this.ask("/handset/calls", { caller: this.owner });
  }

  hangUp() {
    this.hush();
    if (this.call?.id) this.ask(`/handset/calls/${this.call.id}`, null, "DELETE");
  }

  letTimeRunOut() {
    if (this.call?.state !== "talking") return;
    this.hush();
    this.ask(`/handset/calls/${this.call.id}/silence`, { seen: this.call.seen });
  }

  ask(url, fields, method = "POST") {
    this.deeds = this.deeds.then(async () => {
      const options = { method, headers: { "Content-Type": "application/json" } };
      if (fields) options.body = JSON.stringify(fields);
      const answer = await fetch(url, options).catch(() => null);
      if (answer?.ok) this.take(await answer.json());
      else this.breakOff();
    });
  }

  take(call) {
    this.call = call;
    this.draw();
    if (call.seen === this.seen) return;
    this.seen = call.seen;
    this.speak(call);
  }

  breakOff() {
    this.problem = this.words().failed;
    if (this.call) this.call = { ...this.call, state: "ended" };
    this.draw();
  }

  // --- speaking and waiting ---

  speak(call) {
    const turn = call.turns.at(-1);
    const pieces = turn?.speaker === "hall" ? turn.pieces : [];
    const reading = pieces.reduce((sum, piece) => sum + piece.text.length * (MS_PER_CHARACTER[piece.language.slice(0, 2)] ?? 100) / (RATES[piece.rate] ?? 1) + piece.pauseMs, 0);
    this.speakingUntil = performance.now() + (call.keysPressed ? 0 : reading);
    if (!this.aloud || !("speechSynthesis" in window) || call.keysPressed) return;
    this.speakingUntil = Infinity;
    const last = pieces.length - 1;
    pieces.forEach((piece, place) => {
      const utterance = new SpeechSynthesisUtterance(piece.text);
      utterance.lang = piece.language;
      utterance.rate = RATES[piece.rate] ?? 1;
      utterance.volume = VOLUMES[piece.volume] ?? 0.75;
      if (place === last) utterance.onend = utterance.onerror = () => { if (this.seen === call.seen) this.speakingUntil = performance.now(); };
      speechSynthesis.speak(utterance);
    });
    if (!pieces.length) this.speakingUntil = performance.now();
  }

  hush() {
    if ("speechSynthesis" in window) speechSynthesis.cancel();
    this.speakingUntil = performance.now();
  }

  readAloud(aloud) {
    this.aloud = aloud;
    $("speaker").setAttribute("aria-pressed", String(aloud));
    if (!aloud) this.hush();
    else if (this.isTalking()) this.speak(this.call);
  }

  tick() {
    if (this.call?.state !== "talking" || !this.call.silenceSeconds) return;
    if (performance.now() < this.speakingUntil) {
      this.showWaiting(null);
      return;
    }
    const left = this.call.silenceSeconds - (performance.now() - this.speakingUntil) / 1000;
    this.showWaiting(Math.max(0, left));
    if (left <= 0 && this.waitedFrom !== this.speakingUntil) {
      this.waitedFrom = this.speakingUntil;
      this.letTimeRunOut();
    }
  }

  // --- showing ---

  redraw() {
    this.drawn = 0;
    $("transcript").replaceChildren();
    this.draw();
  }

  draw() {
    const own = this.words();
    const talking = this.isTalking();
    document.body.classList.toggle("in-call", Boolean(this.call));
    $("display").textContent = this.call ? `${own.hall} ${this.hall}` : this.dialled;
    $("dial").classList.toggle("hang", talking);
    $("dial").disabled = !(this.owner && this.hall);
    $("dial-word").textContent = talking ? own.hangUp : this.call ? own.again : own.dial;
    $("dial").title = $("dial-word").textContent;
    $("silence").hidden = !talking;
    $("erase").hidden = talking || Boolean(this.call);
    $("waiting").hidden = this.call?.state !== "talking";
    if (this.call?.state !== "talking") $("state").textContent = this.sayState();
    this.drawTurns();
  }

  sayState() {
    const own = this.words();
    if (this.problem) return this.problem;
    if (!this.call) return own.idle;
    if (this.call.state === "transferred") return own.transferred(this.call.transferredTo.replace(/^\w+:/, ""));
    if (this.call.error) return `${own.failed}: ${this.call.error}`;
    return this.call.state === "ringing" ? own.ringing : own.ended;
  }

  showWaiting(left) {
    const own = this.words();
    const speaking = this.call.bargeIn ? own.speaking : own.speakingOnly;
    const said = left === null ? speaking : own.listening(Math.ceil(left));
    const keys = this.call.keysPressed ? ` ${own.keysPressed(this.call.keysPressed)}` : "";
    $("waiting-bar").style.setProperty("inline-size", left === null ? "100%" : `${(100 * left) / this.call.silenceSeconds}%`);
    // The countdown would be read out every second: only its beginning is announced.
    $("state").setAttribute("aria-live", left === null || left > this.call.silenceSeconds - 0.5 ? "polite" : "off");
    if ($("state").textContent !== said + keys) $("state").textContent = said + keys;
  }

  drawTurns() {
    const turns = this.call?.turns ?? [];
    const fresh = turns.slice(this.drawn).map((turn) => this.turn(turn));
    this.drawn = turns.length;
    $("transcript").append(...fresh);
    if (this.call?.context && !$("transcript").querySelector(".note")) {
      const note = Object.assign(document.createElement("div"), { className: "note", textContent: `${this.words().context}: ${this.call.context.replaceAll(";", " · ")}` });
      $("transcript").append(note);
    }
    if (fresh.length) this.scrollTo(fresh.at(-1));
  }

  scrollTo(turn) {
    const box = $("transcript");
    box.scrollTop = Math.min(box.scrollHeight, turn.offsetTop - box.offsetTop - 8);
  }

  turn(turn) {
    const line = Object.assign(document.createElement("div"), { className: turn.speaker });
    if (turn.speaker === "caller") {
      const keys = turn.pieces.map((piece) => piece.text).join("");
      line.append(Object.assign(document.createElement("span"), { className: "hidden", textContent: `${this.words().caller} ` }), keys || this.words().quiet);
      line.classList.toggle("quiet", !keys);
      return line;
    }
    for (const piece of turn.pieces.filter((each) => each.text)) {
      const said = Object.assign(document.createElement("span"), { textContent: piece.text, lang: piece.language });
      if (piece.volume === "loud") said.className = "loud";
      line.append(said, piece.language.startsWith("zh") ? "" : " ");
    }
    return line;
  }
}
