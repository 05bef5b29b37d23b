// What the browser keeps: the visitor's secret, messages that the record does not show yet, and small habits.

class Storage {
  #prefix;
  #area;

  // `server` is part of every key: one server's secret is never told to another.
  constructor(server) {
    this.#prefix = `shouwen:${server}:`;
    this.#area = usable(() => window.localStorage);
  }

  get visitor() {
    return this.#read("visitor");
  }

  makeVisitor() {
    if (!this.visitor) this.#write("visitor", randomSecret());
    return this.visitor;
  }

  // Kept one key an item, so that two tabs never overwrite each other's.
  keep(item) {
    this.#write(`pending:${item.id}`, JSON.stringify(item));
  }

  drop(id) {
    this.#area.removeItem(`${this.#prefix}pending:${id}`);
  }

  // Items in the order in which they were written.
  pending() {
    const start = `${this.#prefix}pending:`;
    const items = [];
    for (let index = 0; index < this.#area.length; index += 1) {
      const key = this.#area.key(index);
      if (!key.startsWith(start)) continue;
      try {
        items.push(JSON.parse(this.#area.getItem(key)));
      } catch {
        console.warn("shouwen-chat: an unreadable item was left alone:", key);
      }
    }
    return items.sort((one, other) => one.at - other.at);
  }

  // Whether a storage event tells that another tab's message has been stored by the server.
  tellsOfFirstMessage(event) {
    return Boolean(event.key?.startsWith(`${this.#prefix}pending:`) && event.newValue?.includes('"messageId"'));
  }

  get seenAt() {
    return this.#read("seen") ?? "";
  }

  set seenAt(value) {
    this.#write("seen", value);
  }

  // The language a visitor chose, as long as the page asks for the same one as then.
  chosenLanguage(asked) {
    const [choice, against] = (this.#read("language") ?? "").split("|");
    return choice in TEXTS && against === asked ? choice : null;
  }

  chooseLanguage(choice, asked) {
    this.#write("language", `${choice}|${asked}`);
  }

  get wasOpen() {
    return this.#read("open") === "yes";
  }

  set wasOpen(value) {
    this.#write("open", value ? "yes" : "no");
  }

  get draft() {
    return this.#read("draft") ?? "";
  }

  set draft(value) {
    this.#write("draft", value);
  }

  #read(key) {
    return this.#area.getItem(this.#prefix + key);
  }

  #write(key, value) {
    try {
      this.#area.setItem(this.#prefix + key, value);
    } catch (error) {
      console.warn("shouwen-chat: the browser keeps nothing any more; memory has to do.", error);
      this.#area = copyToMemory(this.#area);
      this.#area.setItem(this.#prefix + key, value);
    }
  }
}

// The browser's storage, or memory where it is forbidden (private windows, blocked cookies).
function usable(getArea) {
  try {
    const area = getArea();
    area.getItem("shouwen");
    return area;
  } catch {
    return new MemoryArea();
  }
}

function copyToMemory(area) {
  const memory = new MemoryArea();
  for (let index = 0; index < area.length; index += 1) memory.setItem(area.key(index), area.getItem(area.key(index)));
  return memory;
}

class MemoryArea {
  #values = new Map();

  get length() {
    return this.#values.size;
  }

  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }

  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#values.set(key, value);
  }

  removeItem(key) {
    this.#values.delete(key);
  }
}

function randomSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Not crypto.randomUUID(): that one exists on https and localhost only.
function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
