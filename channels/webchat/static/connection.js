// The socket: connects again by itself, sends one message after the other, and tells each until it is acknowledged.

const RETRIED = new Set(["unavailable", "slow_down"]); // error codes after which the same is sent again
const ACK_TIME = 10_000; // ms until a silent server counts as gone
const PING_AFTER = 25_000; // ms of silence
const FIRST_RETRY = 400; // ms
const LONGEST_RETRY = 15_000; // ms
const TYPING_EVERY = 3_000; // ms
const LONGEST_HOLD = 3_000; // ms that messages wait for an ack before them

class Connection {
  hasConversation = false;
  state = "idle"; // idle, connecting, online, lost, barred
  #url;
  #hello;
  #pending;
  #on;
  #socket = null;
  #attempt = 0;
  #queue = [];
  #inFlight = null;
  #tries = 0; // of the message in flight
  #held = [];
  #toldRead = null;
  #toldTyping = 0;
  #timers = new Map();

  // `hello()` gives the first frame's fields, `pending()` what to tell again after connecting, `on` takes
  // state(name), ack(id, messageId), refused(id, code), message(message) and typing(name).
  constructor({ url, hello, pending, on }) {
    this.#url = url;
    this.#hello = hello;
    this.#pending = pending;
    this.#on = on;
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#on.state(this.state));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  open() {
    if (this.#socket || this.state === "barred") return;
    this.#clear("retry");
    this.#become(this.state === "lost" ? "lost" : "connecting");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#write({ type: "hello", ...this.#hello() });
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = () => this.#lose();
    this.#set("silence", ACK_TIME, () => this.#lose());
  }

  // Leave, and connect again at once.
  restart() {
    if (!this.#socket) return;
    this.#lose();
    this.open();
  }

  send(item) {
    this.#queue.push(item);
    this.open();
    this.#pump();
  }

  // The network is back, or the page is looked at again after a sleep in which the line may have died.
  #hurry() {
    if (this.state === "online") this.#ask();
    if (this.state !== "lost" || this.#socket) return;
    this.#attempt = 0;
    this.open();
  }

  #receive(frame) {
    this.#listen();
    switch (frame.type) {
      case "welcome":
        this.#attempt = 0;
        this.hasConversation = frame.conversation_id !== null;
        this.#queue = this.#pending();
        this.#become("online");
        this.#pump();
        break;
      case "ack":
        this.hasConversation = true;
        this.#settle(frame.id, () => this.#on.ack(frame.id, frame.message_id));
        break;
      case "message":
        // Our own message may come in the record just before its ack: the ack tells that it is the same one.
        if (this.#inFlight) {
          this.#held.push(frame);
          this.#set("hold", LONGEST_HOLD, () => this.#release());
        } else this.#on.message(frame);
        break;
      case "typing":
        this.#on.typing(frame.name);
        break;
      case "error":
        this.#fail(frame);
        break;
    }
  }

  #fail({ code, message, id }) {
    console.warn(`shouwen-chat: ${code}: ${message}`);
    if (code === "origin" || code === "bad_visitor") {
      this.#become("barred");
    } else if (RETRIED.has(code)) {
      if (!this.#inFlight || id !== this.#inFlight.id) return;
      this.#inFlight = null;
      this.#tries += 1;
      this.#set("again", delay(this.#tries), () => this.#pump());
      this.#clear("ack");
      this.#release();
    } else if (this.#inFlight && (id ?? this.#inFlight.id) === this.#inFlight.id) {
      this.#settle(this.#inFlight.id, () => this.#on.refused(this.#queue[0].id, code));
    }
  }

  // One at a time, so that what was written first is stored first, whatever is lost on the way.
  #pump() {
    if (this.state !== "online" || this.#inFlight || this.#timers.has("again") || !this.#queue.length) return;
    this.#inFlight = this.#queue[0];
    const { id, text, action } = this.#inFlight;
    this.#write(action ? { type: "press", id, action, label: text } : { type: "message", id, text });
    this.#set("ack", ACK_TIME, () => this.#lose());
  }

  #settle(id, tell) {
    if (this.#inFlight?.id !== id) return;
    tell();
    this.#queue.shift();
    this.#inFlight = null;
    this.#tries = 0;
    this.#clear("ack");
    this.#release();
    this.#pump();
  }

  #release() {
    this.#clear("hold");
    for (const message of this.#held.splice(0)) this.#on.message(message);
  }

  #write(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  // Something came: the line is alive. After a silence we ask, and without an answer we leave.
  #listen() {
    this.#set("silence", PING_AFTER, () => this.#ask());
  }

  // What the visitor has seen; told once for each socket, and lost where there is none.
  tellRead(messageId) {
    if (this.state !== "online" || messageId === this.#toldRead) return;
    this.#toldRead = messageId;
    this.#write({ type: "read", message_id: messageId });
  }

  // The visitor is writing; told now and then, and lost where there is no socket.
  tellTyping() {
    if (this.state !== "online" || Date.now() - this.#toldTyping < TYPING_EVERY) return;
    this.#toldTyping = Date.now();
    this.#write({ type: "typing" });
  }

  #ask() {
    this.#write({ type: "ping" });
    this.#set("silence", ACK_TIME, () => this.#lose());
  }

  #lose() {
    const socket = this.#socket;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#socket = null;
    this.#inFlight = null;
    this.#held = []; // the record tells them again
    this.#toldRead = null;
    for (const name of [...this.#timers.keys()]) this.#clear(name);
    if (this.state === "barred") return;
    this.#become("lost");
    this.#attempt += 1;
    this.#set("retry", delay(this.#attempt), () => this.open());
  }

  #become(state) {
    this.state = state;
    this.#on.state(state);
  }

  #set(name, milliseconds, action) {
    this.#clear(name);
    const run = () => {
      this.#timers.delete(name);
      action();
    };
    this.#timers.set(name, setTimeout(run, milliseconds));
  }

  #clear(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

// Milliseconds to wait after the given failed attempt: doubling, with a random part so that not all come at once.
function delay(attempt) {
  return Math.min(FIRST_RETRY * 2 ** (attempt - 1), LONGEST_RETRY) * (0.75 + Math.random() / 2);
}
