// One open ticket: its conversation and its composer. A sheet that is not looked at stands outside of the document and keeps
// what is typed in it; it is read again when it is shown.
import { update } from "../patch.js";
import { findDraft, keepDraft } from "./drafts.js";
import { addFiles, carriesFiles, showFiles } from "./files.js";
import { Guard, takeBetter } from "./guard.js";
import { Part } from "./part.js";
import { showSuggestions, useSuggestion } from "./suggest.js";
import { TellTyping, TypingSign } from "./typing.js";

const NARROW = "(max-width: 719px)"; // as in console.css
const WIDE = "(min-width: 1080px)";
const NEAR_END = 80; // px from the conversation's end within which it follows new messages

export class Sheet {
  #atEnd = true;
  #top = 0; // how far it was scrolled when it was put aside
  #room = 0;

  constructor(root) {
    this.root = root;
    this.ticket = root.dataset.ticket;
    this.part = new Part(root, (html) => this.#show(html));
    this.guard = new Guard(this);
    this.telling = new TellTyping(this);
    this.typing = new TypingSign(root.querySelector(".typing-sign"), () => this.#atEnd && this.toEnd());
    this.#fold();
    this.#listen();
    this.restoreDraft();
  }

  refresh() {
    return this.part.refresh();
  }

  get composer() {
    return this.root.querySelector("[data-composer]");
  }

  get field() {
    return this.composer.elements.text;
  }

  /** To whom it is written: customer, colleagues, or heard. */
  get to() {
    return this.composer.elements.to.value;
  }

  /** The place of the customer's last message in the conversation. */
  get heard() {
    return Number(this.root.querySelector("[data-heard]").dataset.heard);
  }

  /** Call it when the sheet stands in the document. */
  shown() {
    if (this.#atEnd) this.toEnd();
    else this.#stream.scrollTop = this.#top;
  }

  /** Call it before the sheet leaves the document. */
  putAside() {
    this.#top = this.#stream.scrollTop;
  }

  toEnd() {
    this.#atEnd = true;
    this.#stream.scrollTop = this.#stream.scrollHeight;
    this.#jump.hidden = true;
  }

  keepDraft() {
    keepDraft(this.ticket, { text: this.field.value, to: this.to });
  }

  restoreDraft() {
    const draft = findDraft(this.ticket);
    if (draft && !this.field.value) {
      this.field.value = draft.text;
      this.choose(draft.to); // a note must not turn into a reply because the ticket was taken meanwhile
    }
    showFiles(this.composer);
    this.#showKind();
  }

  /** Write to this one. */
  choose(to) {
    const kind = this.composer.querySelector(`[name="to"][value="${CSS.escape(to)}"]`);
    if (kind) kind.checked = true;
    this.#showKind();
    return Boolean(kind);
  }

  /** Say what went wrong: in the form, or what is around it, where there is a place for it, else above the composer. */
  tell(problem, form = this.composer) {
    const near = form.isConnected ? form.closest("[popover], .row-acts, .complaint, .customer-card, [data-composer]") : null;
    const place = near?.querySelector("[data-error]") ?? this.composer.querySelector("[data-error]");
    place.textContent = problem;
    place.hidden = !problem;
  }

  showHeld(html) {
    this.composer.querySelector("[data-held]").innerHTML = html; // the server's own page part, escaped there
    if (html) this.guard.clear(); // it says the same
  }

  /** Text that was not sent comes back to the field. */
  putBack(text, to) {
    this.field.value = [text, this.field.value].filter(Boolean).join("\n");
    this.choose(to);
  }

  get hasReply() {
    return Boolean(this.composer.querySelector("[data-picked]"));
  }

  get canAttach() {
    return this.hasReply && this.to === "customer";
  }

  get #stream() {
    return this.root.querySelector("#stream");
  }

  get #jump() {
    return this.root.querySelector("#jump");
  }

  #show(html) {
    const follow = this.root.isConnected ? this.#isAtEnd() : this.#atEnd;
    const place = this.#caret();
    const before = this.composer;
    const heard = this.heard;
    const added = update(this.root, html);
    if (this.composer !== before) {
      this.restoreDraft();
      if (place) this.#putCaret(place);
      this.guard.clear(); // what it had found stood in the old one
      this.guard.look();
    }
    if (this.heard > heard) this.typing.end();
    const news = added.filter((element) => element.matches(".item"));
    for (const item of news) if (item.matches(".customer, .note")) item.classList.add("arrived");
    if (follow) this.toEnd();
    else if (news.length) this.#jump.hidden = false;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#stream;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  #caret() {
    return this.field === document.activeElement && [this.field.selectionStart, this.field.selectionEnd];
  }

  #putCaret(place) {
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(...place);
  }

  #showKind() {
    const { note, heard, reply } = this.field.dataset;
    this.field.placeholder = { colleagues: note, heard }[this.to] ?? reply;
  }

  /** Where there is little room, only the conversation is open at first. */
  #fold() {
    if (matchMedia(WIDE).matches) return;
    const all = matchMedia(NARROW).matches ? ".about details" : ".about .clocks, .about .chain";
    for (const part of this.root.querySelectorAll(all)) part.open = false;
  }

  /** Put files to the reply. A note takes none, and does not turn into a reply because of them. */
  #attach(files) {
    const { notInNotes } = this.composer.querySelector("[data-picked]").dataset;
    this.tell(this.canAttach ? addFiles(this.composer, files) : notInNotes);
    this.field.focus();
  }

  #listen() {
    const { root } = this;
    root.addEventListener("input", (event) => {
      if (!event.target.closest("[data-composer]")) return;
      this.tell("");
      this.keepDraft();
      this.#showKind();
      this.guard.look();
      if (event.target === this.field) this.telling.typed();
    });
    root.addEventListener("keydown", (event) => {
      const sends = event.key === "Enter" && event.target === this.field && !event.shiftKey;
      // While an input method composes, Enter chooses a word. On a touch keyboard it starts a new line.
      if (!sends || event.isComposing || event.keyCode === 229) return;
      if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.composer.requestSubmit();
    });
    root.addEventListener("change", (event) => {
      if (event.target.name !== "files") return;
      const files = [...event.target.files];
      event.target.value = "";
      this.#attach(files);
    });
    root.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length || !this.hasReply || !event.target.closest("[data-composer]")) return;
      event.preventDefault();
      this.#attach(files);
    });
    for (const kind of ["dragover", "dragleave", "drop"]) {
      root.addEventListener(kind, (event) => {
        if (!carriesFiles(event) || !this.hasReply) return;
        if (kind !== "dragleave") event.preventDefault(); // else the browser would open the file
        const left = kind === "drop" || (kind === "dragleave" && !root.contains(event.relatedTarget));
        root.classList.toggle("dropping", !left);
        if (kind === "drop") this.#attach([...event.dataTransfer.files]);
      });
    }
    root.addEventListener("click", (event) => {
      const suggestions = event.target.closest("[data-suggest]");
      if (suggestions) {
        event.preventDefault(); // without this script it leads to a page
        showSuggestions(this, suggestions.href);
      }
      const chosen = event.target.closest("[data-insert]");
      if (chosen) useSuggestion(this, chosen.parentElement.querySelector("[data-text]").textContent);
      const better = event.target.closest("[data-better]");
      if (better) takeBetter(this, better);
    });
    this.#jump.addEventListener("click", () => this.toEnd());
    const said = this.#stream;
    said.addEventListener("scroll", () => {
      if (said.clientHeight !== this.#room) return; // not the reader's scrolling
      this.#atEnd = this.#isAtEnd();
      if (this.#atEnd) this.#jump.hidden = true;
    });
    said.addEventListener("load", () => this.#atEnd && this.toEnd(), true); // a picture takes its place
    // Who reads the end goes on seeing it when the keyboard comes up or the text grows.
    new ResizeObserver(() => {
      if (!said.isConnected) return;
      this.#room = said.clientHeight;
      if (this.#atEnd) this.toEnd();
    }).observe(said);
  }
}
