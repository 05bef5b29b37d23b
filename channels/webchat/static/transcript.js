// The conversation on the screen: the record's messages in order, and behind them what was written but is not in
// the record yet.

const GROUP_TIME = 5 * 60_000; // ms within which messages of one author stand together
const NEAR_END = 80; // px from the end within which a reader counts as being there
const SEEN = 24; // px of a message in view with which it counts as seen
const SETTLED = 600; // ms without a message after which what comes is news, to be read aloud
const TYPING_AFTER = 250; // ms: an answer at once needs no sign
const TYPING_TIME = 8_000; // ms after which it gives up
const PERSON_TYPING_TIME = 6_000; // ms that an agent's sign is good for

class Transcript {
  element;
  #texts;
  #on;
  #log;
  #greeting;
  #typing;
  #typist; // who of us is typing, by name
  #pill;
  #scroller;
  #records = new Map(); // id -> {row, message, own, change}: the last two say where in the record it was said and changed
  #lastId = null;
  #count = 0; // entries of the record, with those that only change others
  #votes = new Set(); // ids of entries that are votes: no rows, but marks on the answers that they name
  #locals = new Map(); // id -> {row, item}
  #unseen = 0; // came while the reader was further up
  #atEnd = true;
  #settled = null;
  #typingTurn = null; // the timer of its next change
  #lastVoice = "bot"; // who of ours spoke last

  // `on` takes press(action, label, byKeyboard), ask(text), edit(item), and looked(), when something else is in view.
  constructor(on) {
    this.#on = on;
    this.#log = h("div.log", { role: "log", "aria-live": "off" });
    this.#typing = h("div.typing", { hidden: true, role: "status" }, h("i"), h("i"), h("i"), h("span.spoken"));
    this.#typist = h("div.typist", { hidden: true, role: "status" });
    this.#scroller = h("div.scroller", { tabindex: "0", onscroll: () => this.#scrolled() }, this.#log, this.#typing, this.#typist);
    this.#pill = h("button.pill", { type: "button", hidden: true, onclick: () => this.toEnd() });
    this.element = h("div.transcript", {}, this.#scroller, this.#pill);
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(this.#scroller);
    this.#log.addEventListener("load", () => this.#atEnd && this.toEnd(), true); // a picture takes its place
  }

  // The greeting is the widget's own; it is not part of the record.
  speak(texts, greeting, questions) {
    this.#texts = texts;
    this.#scroller.setAttribute("aria-label", texts.log);
    this.#typing.querySelector(".spoken").textContent = texts.typing;
    const chips = questions.map((text) =>
      h("button.chip", { type: "button", onclick: () => this.#on.ask(text) }, text),
    );
    this.#greeting?.remove();
    this.#greeting = h(
      "div.row.bot.first",
      {},
      h("div.who", {}, texts.bot),
      h("div.bubble", {}, ...linked(greeting)),
      h("div.chips", { role: "group", "aria-label": texts.suggestions }, ...chips),
    );
    this.#log.prepend(this.#greeting);
    for (const { row, message } of this.#records.values()) this.#fill(row, message);
    for (const { row, item } of this.#locals.values()) this.#fillLocal(row, item);
    for (const row of this.#rows()) this.#tidy(row);
    this.#showUnseen();
    this.#showChips();
  }

  get lastId() {
    return this.#lastId;
  }

  // The newest entry of the record by an agent that has been in view: a message, or the change of one; null for none.
  get lastSeen() {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    let seen = { place: -1, id: null };
    for (const { row, message, own, change } of this.#records.values()) {
      if (message.author !== "agent") continue;
      const box = row.getBoundingClientRect();
      if (box.top + SEEN > bottom) break;
      for (const entry of change && box.bottom > top ? [own, change] : [own]) if (entry.place > seen.place) seen = entry;
    }
    return seen.id;
  }

  get items() {
    return [...this.#locals.values()].map(({ item }) => item);
  }

  has(messageId) {
    return this.#records.has(messageId) || this.#votes.has(messageId);
  }

  // A message of the record; true when it was not there yet.
  add(message) {
    if (this.has(message.id)) return false;
    this.#lastId = message.id;
    this.#count += 1;
    if (message.amends) {
      this.#amend(message);
      return false;
    }
    const own = [...this.#locals.values()].find(({ item }) => item.messageId === message.id);
    if (isVote(message.press)) {
      if (own) this.#locals.delete(own.item.id);
      this.#votes.add(message.id);
      this.#vote(message.press);
      return false;
    }
    const row = own?.row ?? h("div");
    if (own) this.#locals.delete(own.item.id);
    const place = this.#locals.values().next().value?.row ?? null;
    this.#place(row, place, () => {
      this.#records.set(message.id, { row, message, own: { id: message.id, place: this.#count } });
      this.#fill(row, message);
    });
    if (message.author === "customer") this.#useUp(row, message.text);
    else this.#hear(message);
    return true;
  }

  // Something written here that is not in the record yet.
  addLocal(item) {
    const row = h("div");
    if (isVote(item.action)) {
      this.#locals.set(item.id, { row, item });
      this.#vote(item.action);
      return;
    }
    this.#place(row, null, () => {
      this.#locals.set(item.id, { row, item });
      this.#fillLocal(row, item);
    });
    this.#useUp(row, item.text);
    this.toEnd();
  }

  // Show the item's state anew.
  update(item) {
    const local = this.#locals.get(item.id);
    if (!local) return;
    local.item = item;
    if (isVote(item.action)) return;
    this.#fillLocal(local.row, item);
    this.#tidy(local.row);
  }

  dropLocal(id) {
    this.#locals.get(id)?.row.remove();
    this.#locals.delete(id);
    for (const row of this.#rows().slice(-2)) this.#tidy(row);
    this.#showChips();
  }

  // The bot's typing sign, from the ack until it answers. While a person has the word there is none.
  expectReply() {
    if (this.#lastVoice !== "bot") return;
    clearTimeout(this.#typingTurn);
    this.#typingTurn = setTimeout(() => {
      this.#typing.hidden = false;
      if (this.#atEnd) this.toEnd();
      this.#typingTurn = setTimeout(() => this.endTyping(), TYPING_TIME);
    }, TYPING_AFTER);
  }

  // An agent is typing: for some seconds, or until they have said it.
  showTypist(name) {
    clearTimeout(this.#typingTurn);
    this.#typing.hidden = true;
    this.#typist.textContent = this.#texts.agentTyping(name);
    this.#typist.hidden = false;
    if (this.#atEnd) this.toEnd();
    this.#typingTurn = setTimeout(() => this.endTyping(), PERSON_TYPING_TIME);
  }

  // Whether a person listens, who may like to know that the visitor is writing.
  get talksToPerson() {
    return this.#lastVoice !== "bot";
  }

  endTyping() {
    clearTimeout(this.#typingTurn);
    this.#typing.hidden = this.#typist.hidden = true;
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atEnd = true;
    this.#unseen = 0;
    this.#showUnseen();
  }

  // An agent has put other words in the place of a message, or taken it back.
  #amend({ id, kind, amends, text, attachments }) {
    const record = this.#records.get(amends);
    if (!record) return;
    const wasAtEnd = this.#atEnd;
    record.message = { ...record.message, kind, text, attachments };
    record.change = { id, place: this.#count };
    this.#fill(record.row, record.message);
    for (const near of [record.row, record.row.nextElementSibling]) if (near) this.#tidy(near);
    if (wasAtEnd) this.toEnd();
  }

  // What the customer says of an answer, as it stands: marked below it.
  #vote(action) {
    const [, id, choice] = action.split(":");
    const row = this.#records.get(id)?.row;
    if (!row) return;
    row.dataset.vote = choice;
    for (const button of row.querySelectorAll(".vote")) this.#mark(button, choice);
  }

  #mark(button, choice) {
    button.setAttribute("aria-pressed", String(button.dataset.choice === choice));
  }

  #hear(message) {
    this.#lastVoice = message.author;
    this.endTyping();
  }

  #place(row, before, fill) {
    const wasAtEnd = this.#atEnd;
    const fresh = !row.isConnected;
    fill();
    if (fresh || row.nextElementSibling !== before) this.#log.insertBefore(row, before);
    for (const near of [row.previousElementSibling, row, row.nextElementSibling]) if (near) this.#tidy(near);
    this.#settle();
    this.#showChips();
    if (wasAtEnd) this.toEnd();
    else if (fresh && !row.classList.contains("customer")) {
      this.#unseen += 1;
      this.#showUnseen();
    }
  }

  // The backlog is not read aloud, and does not move; what comes later is.
  #settle() {
    if (this.#log.getAttribute("aria-live") === "polite") return;
    clearTimeout(this.#settled);
    this.#settled = setTimeout(() => {
      this.#log.setAttribute("aria-live", "polite");
      this.#log.classList.add("lively");
    }, SETTLED);
  }

  #fill(row, message) {
    this.#shape(row, message.author, message.at);
    const name = message.name ?? this.#texts[message.author === "customer" ? "you" : message.author];
    const isWithdrawn = message.kind === "withdrawal";
    const edited = message.kind === "correction" ? [" ", h("span.edited", {}, this.#texts.edited)] : [];
    row.classList.toggle("withdrawn", isWithdrawn);
    row.replaceChildren(
      h("div.day", { hidden: true }),
      h("div.who", {}, name),
      isWithdrawn
        ? h("div.bubble", {}, this.#texts.withdrawn)
        : h(
            message.text ? "div.bubble" : "div.bubble.bare",
            {},
            ...linked(message.text),
            ...(message.attachments ?? []).map(attached),
            ...edited,
          ),
      ...this.#choices(message.buttons.filter(({ action }) => !isVote(action)), row),
      ...this.#ballot(message.buttons.filter(({ action }) => isVote(action)), row),
      h("div.meta", {}, h("time", { datetime: message.at }, this.#time(message.at))),
    );
  }

  #fillLocal(row, item) {
    const at = new Date(item.at).toISOString();
    this.#shape(row, "customer", at);
    row.classList.add("local", item.refused ? "refused" : item.messageId ? "sent" : "sending");
    const status = item.refused
      ? (this.#texts.refused[item.refused] ?? this.#texts.refused.other)
      : this.#texts[item.messageId ? "sent" : item.waiting ? "waiting" : "sending"];
    const edit = h("button.edit", { type: "button", onclick: () => this.#on.edit(item) }, this.#texts.edit);
    row.replaceChildren(
      h("div.day", { hidden: true }),
      h("div.who", {}, this.#texts.you),
      h("div.bubble", {}, ...linked(item.text)),
      h("div.meta", {}, status, ...(item.refused ? [edit] : [])),
    );
  }

  #shape(row, author, at) {
    row.className = `row ${author}`;
    row.dataset.author = author;
    row.dataset.at = at;
  }

  #choices(buttons, row) {
    if (!buttons.length) return [];
    const used = row.dataset.used;
    const group = h("div.choices", { role: "group", "aria-label": this.#texts.choices });
    for (const { action, label } of buttons) {
      const press = (event) => this.#on.press(action, label, event.detail === 0);
      group.append(h("button.choice", { type: "button", onclick: press }, label));
    }
    if (used !== undefined) this.#close(group, used);
    return [group];
  }

  // Whether the answer helped. It may be said at any time, and changed.
  #ballot(buttons, row) {
    if (!buttons.length) return [];
    const group = h("div.ballot", { role: "group", "aria-label": this.#texts.helpful });
    for (const { action, label } of buttons) {
      const choice = action.split(":")[2];
      const press = () => row.dataset.vote !== choice && this.#on.press(action, label, false);
      const button = h("button.vote", { type: "button", "data-choice": choice, onclick: press }, label);
      this.#mark(button, row.dataset.vote);
      group.append(button);
    }
    return [group];
  }

  // Choices stand until the customer says something; then they stay readable, and the chosen one marked.
  #useUp(row, text) {
    for (let above = row.previousElementSibling; above; above = above.previousElementSibling) {
      const group = above.querySelector(".choices");
      if (!group) continue;
      if (above.dataset.used === undefined) {
        above.dataset.used = text;
        this.#close(group, text);
      }
      return;
    }
  }

  #close(group, text) {
    const buttons = [...group.children];
    const chosen = buttons.find((button) => button.textContent === text);
    for (const button of buttons) button.disabled = true;
    chosen?.classList.add("chosen");
    chosen?.append(h("span.spoken", {}, ` (${this.#texts.chosen})`));
  }

  #rows() {
    return [...this.#log.children].filter((row) => row !== this.#greeting);
  }

  // Name, time and day stand where they tell something new.
  #tidy(row) {
    if (row === this.#greeting) return;
    const above = row.previousElementSibling;
    const below = row.nextElementSibling;
    const sameDay = above?.dataset.at && dayOf(above.dataset.at) === dayOf(row.dataset.at);
    const day = row.querySelector(".day");
    day.hidden = Boolean(sameDay);
    if (!sameDay) day.textContent = this.#day(row.dataset.at);
    row.classList.toggle("first", !sameDay || !together(above, row));
    row.classList.toggle("last", !below?.dataset.at || !together(row, below));
  }

  #showChips() {
    this.#greeting.querySelector(".chips").hidden = this.#records.size + this.#locals.size > 0;
  }

  #showUnseen() {
    this.#pill.hidden = this.#atEnd;
    const text = this.#unseen ? this.#texts.newMessages(this.#unseen) : this.#texts.toEnd;
    this.#pill.replaceChildren(text, icon("down"));
  }

  #scrolled() {
    this.#on.looked();
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.#atEnd) this.#unseen = 0;
    this.#showUnseen();
  }

  #time(at) {
    return new Intl.DateTimeFormat(this.#texts.tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
      new Date(at),
    );
  }

  #day(at) {
    const date = new Date(at);
    const now = new Date();
    const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    if (date.toDateString() === now.toDateString()) return this.#texts.today;
    if (date.toDateString() === yesterday.toDateString()) return this.#texts.yesterday;
    const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
    return new Intl.DateTimeFormat(this.#texts.tag, { year, month: "long", day: "numeric", weekday: "short" }).format(
      date,
    );
  }
}

function isVote(action) {
  return (action ?? "").startsWith("helpful:");
}

function dayOf(at) {
  return new Date(at).toDateString();
}

function together(above, below) {
  return (
    above.dataset.author === below.dataset.author &&
    above.querySelector(".who")?.textContent === below.querySelector(".who")?.textContent &&
    new Date(below.dataset.at) - new Date(above.dataset.at) < GROUP_TIME
  );
}
