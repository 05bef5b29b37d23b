// <shouwen-chat>: the launcher with its panel, or with the attribute `embedded` the chat over the whole page.
//
// One script tag puts it on any page:
//   <script src="https://bot.example/widget.js" async data-language="zh" data-title="…" data-color="#0f766e" data-open></script>
// More attributes: data-greeting, data-questions ("first|second"); each also with -zh or -en at its end.
// A page with a strict Content-Security-Policy needs the server in script-src and connect-src; nothing else.

const SCRIPT = document.currentScript;
const SERVER = new URL(".", SCRIPT.src);
const PHONE = "(max-width: 480px)";
const MAX_FIELD = 140; // px, the height to which the field grows
const COUNT_FROM = MAX_TEXT - 400; // characters from which the count is shown

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

class ShouwenChat extends HTMLElement {
  #storage = new Storage(SERVER.host);
  #connection;
  #transcript;
  #texts;
  #language;
  #unread = 0;
  #lastUnread = ""; // when that message was written
  #parts = {};
  #looking = 0; // the next look at what has been seen

  connectedCallback() {
    if (this.#connection) return;
    this.#language = this.#storage.chosenLanguage(this.#asked) ?? this.#preferred;
    this.#transcript = new Transcript({
      press: (action, label, byKeyboard) => this.#press(action, label, byKeyboard),
      ask: (text) => this.#send({ text }),
      edit: (item) => this.#takeBack(item),
      looked: () => this.#tellRead(),
    });
    this.#connection = new Connection({
      url: socketAddress(),
      hello: () => ({
        visitor: this.#storage.makeVisitor(),
        language: this.#language,
        after: this.#transcript.lastId ?? undefined,
      }),
      pending: () => this.#resumed(),
      on: {
        state: () => this.#showState(),
        ack: (id, messageId) => this.#acknowledged(id, messageId),
        refused: (id, code) => this.#refused(id, code),
        message: (message) => this.#received(message),
        typing: (name) => this.#transcript.showTypist(name),
      },
    });
    this.#build();
    this.#speak();
    for (const item of this.#storage.pending()) this.#transcript.addLocal({ ...item, waiting: true });
    this.#follow();
    if (this.#isEmbedded || this.dataset.open !== undefined || (this.#storage.wasOpen && !this.#isPhone)) {
      this.open({ focus: this.#isEmbedded && window === window.top }); // a frame leaves its page the focus
    } else if (this.#storage.visitor) this.#connection.open();
  }

  open({ focus = true } = {}) {
    this.#parts.panel.hidden = false;
    this.#parts.launcher.hidden = true;
    this.#storage.wasOpen = true;
    this.#connection.open();
    this.#fit();
    this.#typed(); // the field can be measured now
    this.#transcript.toEnd();
    this.#markSeen();
    // On a phone the field would bring up the keyboard over what there is to read.
    if (focus) (matchMedia("(pointer: coarse)").matches ? this.#parts.panel : this.#field).focus({ preventScroll: true });
  }

  close() {
    if (this.#isEmbedded) return;
    this.#parts.panel.hidden = true;
    this.#parts.launcher.hidden = false;
    this.#storage.wasOpen = false;
    this.#parts.launcher.focus();
  }

  get #isEmbedded() {
    return this.hasAttribute("embedded");
  }

  get #isPhone() {
    return matchMedia(PHONE).matches;
  }

  get #isRead() {
    return !this.#parts.panel.hidden && document.visibilityState === "visible";
  }

  get #field() {
    return this.#parts.field;
  }

  get #asked() {
    return this.dataset.language ?? "";
  }

  get #preferred() {
    const tags = [this.#asked, ...navigator.languages, document.documentElement.lang];
    return tags.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag in TEXTS) ?? "zh";
  }

  #build() {
    const button = (name, shape, onclick, ...children) =>
      (this.#parts[name] = h(shape, { type: "button", onclick }, ...children));
    const part = (name, ...rest) => (this.#parts[name] = h(...rest));
    const header = h(
      "header",
      {},
      h("span.mark", {}, icon("mark")),
      part("title", "h2", { id: "title" }),
      button("language", "button.language", () => this.#switchLanguage()),
      button("close", "button.close", () => this.close(), icon("close")),
    );
    const composer = h(
      "form.composer",
      { onsubmit: (event) => this.#submit(event) },
      h(
        "div.entry",
        {},
        part("field", "textarea", {
          rows: "1",
          enterkeyhint: "send",
          "aria-describedby": "count",
          oninput: () => this.#typedByHand(),
          onkeydown: (event) => this.#key(event),
        }),
        (this.#parts.send = h("button.send", { type: "submit" }, icon("send"))),
      ),
      part("count", "div.count", { id: "count", "aria-live": "polite", hidden: true }),
    );
    part(
      "panel",
      "section.panel",
      {
        hidden: true,
        tabindex: "-1",
        role: this.#isEmbedded ? "region" : "dialog",
        "aria-labelledby": "title",
        onkeydown: (event) => event.key === "Escape" && !event.isComposing && this.close(),
      },
      header,
      part("state", "div.state", { role: "status" }),
      this.#transcript.element,
      composer,
    );
    button("launcher", "button.launcher", () => this.open(), icon("mark"), part("badge", "span.badge", { hidden: true }));
    this.#parts.close.hidden = this.#isEmbedded;
    this.#field.value = this.#storage.draft;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#parts.panel, this.#parts.launcher);
    this.#color();
  }

  // Everything that is said in a language.
  #speak() {
    const texts = (this.#texts = TEXTS[this.#language]);
    const { panel, title, language, close, field, send, launcher } = this.#parts;
    const questions = this.#setting("questions")?.split("|") ?? texts.questions;
    panel.lang = launcher.lang = texts.tag;
    title.textContent = this.#setting("title") ?? texts.title;
    language.textContent = texts.otherLanguage;
    language.title = texts.switchLanguage;
    language.setAttribute("aria-label", texts.switchLanguage);
    close.title = texts.close;
    close.setAttribute("aria-label", texts.close);
    field.placeholder = texts.placeholder;
    field.setAttribute("aria-label", texts.field);
    send.title = texts.send;
    send.setAttribute("aria-label", texts.send);
    this.#transcript.speak(texts, this.#setting("greeting") ?? texts.greeting, questions);
    this.#showState();
    this.#showUnread();
    this.#typed();
    if (this.#isEmbedded) {
      document.documentElement.lang = texts.tag;
      document.title = title.textContent;
    }
  }

  #setting(name) {
    const suffix = this.#language === "zh" ? "Zh" : "En";
    return this.dataset[name + suffix] ?? this.dataset[name];
  }

  #switchLanguage() {
    this.#language = this.#language === "zh" ? "en" : "zh";
    this.#storage.chooseLanguage(this.#language, this.#asked);
    this.#speak();
    if (!this.#connection.hasConversation) this.#connection.restart(); // says hello in the new language
  }

  // The accent of the page, with ink on it that can be read.
  #color() {
    const { color } = this.dataset;
    if (!color || !CSS.supports("color", color)) return;
    this.style.setProperty("--accent", color);
    this.style.setProperty("--on-accent", isLight(this.#parts.launcher) ? "#14201d" : "#ffffff");
  }

  #follow() {
    document.addEventListener("visibilitychange", () => this.#markSeen());
    window.addEventListener("storage", (event) => {
      if (this.#storage.tellsOfFirstMessage(event) && !this.#connection.hasConversation) this.#connection.restart();
    });
    // The keyboard of a phone covers part of the window: the panel keeps to what is visible.
    window.visualViewport?.addEventListener("resize", () => this.#fit());
    window.visualViewport?.addEventListener("scroll", () => this.#fit());
  }

  #fit() {
    const view = window.visualViewport;
    if (!view || view.scale !== 1) return; // pinched: leave the reader alone
    this.#parts.panel.style.setProperty("--view-height", `${view.height}px`);
    this.#parts.panel.style.setProperty("--view-top", `${view.offsetTop}px`);
  }

  #submit(event) {
    event.preventDefault();
    const text = storable(this.#field.value);
    if (!text || lengthOf(text) > MAX_TEXT) return;
    this.#field.value = "";
    this.#typed();
    this.#send({ text });
  }

  #key(event) {
    // While an input method composes, Enter takes its suggestion (229 is how Safari tells it).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#parts.panel.querySelector("form").requestSubmit();
  }

  #typed() {
    const { field, count, send } = this.#parts;
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight, MAX_FIELD)}px`;
    const used = lengthOf(storable(field.value));
    const tooLong = used > MAX_TEXT;
    count.hidden = used < COUNT_FROM;
    count.textContent = count.hidden ? "" : tooLong ? this.#texts.tooLong(used) : this.#texts.count(used);
    count.classList.toggle("over", tooLong);
    field.setAttribute("aria-invalid", String(tooLong));
    send.disabled = used === 0 || tooLong;
    this.#storage.draft = field.value;
  }

  #typedByHand() {
    this.#typed();
    if (this.#field.value.trim() && this.#transcript.talksToPerson) this.#connection.tellTyping();
  }

  #press(action, label, byKeyboard) {
    this.#send({ text: label, action });
    if (byKeyboard) this.#field.focus(); // the button is disabled now and would lose the focus
  }

  #send({ text, action }) {
    const last = this.#transcript.items.at(-1)?.at ?? 0;
    const item = { id: randomUuid(), text, action, at: Math.max(Date.now(), last + 1) };
    this.#storage.keep(item);
    this.#transcript.addLocal({ ...item, waiting: this.#connection.state !== "online" });
    this.#connection.send(item);
  }

  // What was written and is not in the record yet, in the order of writing; told again after every connect.
  #resumed() {
    const items = this.#storage.pending();
    for (const item of items) this.#transcript.update(item);
    const kept = new Set(items.map((item) => item.id));
    for (const item of this.#transcript.items) {
      // Another tab has seen it in the record: we read it there too.
      if (!kept.has(item.id) && !item.refused) this.#transcript.dropLocal(item.id);
    }
    return items;
  }

  #acknowledged(id, messageId) {
    const item = this.#storage.pending().find((pending) => pending.id === id);
    if (this.#transcript.has(messageId)) {
      this.#storage.drop(id);
      this.#transcript.dropLocal(id);
      return;
    }
    if (!item) return; // another tab has seen it in the record
    this.#storage.keep({ ...item, messageId });
    this.#transcript.update({ ...item, messageId });
    this.#transcript.expectReply();
  }

  #refused(id, code) {
    const item = this.#transcript.items.find((local) => local.id === id);
    this.#storage.drop(id);
    if (item) this.#transcript.update({ ...item, refused: code });
  }

  #takeBack(item) {
    this.#transcript.dropLocal(item.id);
    this.#field.value = [item.text, this.#field.value].filter(Boolean).join("\n");
    this.#typed();
    this.#field.focus();
  }

  #received(message) {
    const own = this.#transcript.items.find((item) => item.messageId === message.id);
    if (own) this.#storage.drop(own.id);
    const isNew = this.#transcript.add(message);
    this.#tellRead();
    if (!isNew) return;
    if (message.author !== "customer" && message.at > this.#storage.seenAt) {
      if (this.#isRead) this.#storage.seenAt = message.at;
      else {
        this.#unread += 1;
        this.#lastUnread = message.at;
      }
    }
    this.#showUnread();
  }

  // Agents see how far their customer has read. Of many changes at once the last counts; unseen, nothing is drawn.
  #tellRead() {
    cancelAnimationFrame(this.#looking);
    this.#looking = requestAnimationFrame(() => {
      const seen = this.#isRead && this.#transcript.lastSeen;
      if (seen) this.#connection.tellRead(seen);
    });
  }

  #markSeen() {
    this.#tellRead();
    if (!this.#isRead || !this.#unread) return;
    this.#unread = 0;
    this.#storage.seenAt = this.#lastUnread;
    this.#showUnread();
  }

  #showUnread() {
    const { badge, launcher } = this.#parts;
    badge.hidden = this.#unread === 0;
    badge.textContent = this.#unread > 9 ? "9+" : String(this.#unread);
    launcher.setAttribute(
      "aria-label",
      this.#unread ? this.#texts.openUnread(this.#unread) : this.#texts.open,
    );
  }

  #showState() {
    const { state } = this.#connection;
    const named = state === "lost" && !navigator.onLine ? "offline" : state;
    this.#parts.state.className = `state ${named}`;
    this.#parts.state.textContent = this.#texts.states[named] ?? "";
    if (state === "barred") this.#field.disabled = this.#parts.send.disabled = true;
    if (state === "lost") {
      this.#transcript.endTyping();
      for (const item of this.#transcript.items) {
        if (!item.messageId && !item.refused) this.#transcript.update({ ...item, waiting: true });
      }
    }
  }
}

function socketAddress() {
  const url = new URL("webchat/socket", SERVER);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

// What the server can keep: no NUL, no half of a surrogate pair, no space around it.
function storable(text) {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "").trim();
}

// As the server counts: an emoji is one character, not two.
function lengthOf(text) {
  return [...text].length;
}

function isLight(element) {
  const [red, green, blue] = getComputedStyle(element).backgroundColor.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150;
}

function start() {
  customElements.define("shouwen-chat", ShouwenChat);
  if (document.querySelector("shouwen-chat")) return;
  const chat = document.createElement("shouwen-chat");
  Object.assign(chat.dataset, SCRIPT.dataset);
  document.body.append(chat);
}

if (!customElements.get("shouwen-chat")) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}
