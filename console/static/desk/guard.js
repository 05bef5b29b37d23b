// The language guard while a reply is written: a moment after the agent stops, what is found stands under the field.
// Sending looks again by itself.
import { ask } from "./part.js";

const PAUSE = 700; // ms without a key after which the text is looked at
const ENDS = /[。！？!?.\n]/;

export class Guard {
  #sheet;
  #timer = null;
  #asked = null; // the question under way
  #checked = ""; // the text that was looked at last

  constructor(sheet) {
    this.#sheet = sheet;
  }

  /** The text, or to whom it goes, may have changed. */
  look() {
    clearTimeout(this.#timer);
    const text = this.#text;
    if (text === this.#checked) return;
    this.clear();
    if (text) this.#timer = setTimeout(() => this.#check(text), PAUSE);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#show("");
    this.#checked = "";
  }

  /** What would go to the customer; nothing of a note. */
  get #text() {
    return this.#sheet.composer.dataset.check && this.#sheet.to === "customer" ? this.#sheet.field.value.trim() : "";
  }

  async #check(text) {
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    try {
      const response = await ask(this.#sheet.composer.dataset.check, { method: "POST", body: new URLSearchParams({ text }), signal });
      const html = response.status === 200 ? await response.text() : "";
      if (signal.aborted || text !== this.#text) return;
      this.#checked = text;
      this.#show(html);
    } catch {
      // Without an answer there is nothing to show: the reply is looked at again when it is sent.
    }
  }

  #show(html) {
    const place = this.#sheet.composer.querySelector("[data-checked]");
    if (place) place.innerHTML = html; // the server's own page part, escaped there
  }
}

/** Put the better wording in the place of the sentence with the phrase, or of all where it cannot be found. It can be undone. */
export function takeBetter(sheet, button) {
  const { field } = sheet;
  const { phrase } = button.dataset;
  const better = button.textContent;
  field.focus();
  const at = field.value.indexOf(phrase);
  if (at < 0) field.select();
  else field.setSelectionRange(...sentence(field.value, at, at + phrase.length));
  document.execCommand("insertText", false, better); // the one way that can be undone
  sheet.showHeld("");
  sheet.guard.look();
}

/** The place of the sentence around what stands from `from` to `to`, with the stop at its end. */
function sentence(text, from, to) {
  let start = from;
  while (start > 0 && !ENDS.test(text[start - 1])) start -= 1;
  while (text[start] === " ") start += 1;
  let end = to;
  while (end < text.length && !ENDS.test(text[end])) end += 1;
  while (end < text.length && ENDS.test(text[end]) && text[end] !== "\n") end += 1;
  return [start, end];
}
