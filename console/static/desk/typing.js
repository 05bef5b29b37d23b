// Typing signs, both ways. They end by themselves: who goes on writing gives another.
import { ask } from "./part.js";

const LASTS = 6_000; // ms; as long as the server means it
const TELL_EVERY = 3_000; // ms

/** Tells the customer that a reply is being written. */
export class TellTyping {
  #sheet;
  #told = 0;

  constructor(sheet) {
    this.#sheet = sheet;
  }

  typed() {
    const { composer, field, to } = this.#sheet;
    const address = composer.dataset.typing;
    if (!address || to !== "customer" || !field.value.trim() || Date.now() - this.#told < TELL_EVERY) return;
    this.#told = Date.now();
    ask(address, { method: "POST" }).catch(() => {}); // the customer does without
  }
}

/** Shows that somebody writes. */
export class TypingSign {
  #element;
  #changed;
  #timer = null;

  constructor(element, changed = () => {}) {
    this.#element = element;
    this.#changed = changed;
  }

  show() {
    this.#element.classList.add("now");
    this.#changed();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), LASTS);
  }

  end() {
    clearTimeout(this.#timer);
    this.#element.classList.remove("now");
  }
}
