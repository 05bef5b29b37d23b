// The desk: keeps the queue and the open ticket up to date, and sends what the agent does.
import { remember, update } from "./patch.js";

const QUEUE_TICK = 30_000; // ms between readings of the queue for its waiting times
const RETRY = 3_000; // ms before a refused stream is opened again
const PATIENCE = 15_000; // ms that an answer may take
const NARROW = "(max-width: 719px)"; // as in console.css
const NEAR_END = 80; // px from the conversation's end within which it follows new messages

const words = document.body.dataset;
const offline = document.getElementById("offline");
const signedOut = document.getElementById("signed-out");
const ticket = document.querySelector("[data-ticket]");
const plainTitle = document.title;

// --- Reading again ---------------------------------------------------------------------------------

/** A part of the page that can be read again. Readings never overtake each other. */
class Part {
  constructor(root, show) {
    this.root = root;
    this.show = show;
    this.running = null;
    this.again = false;
    remember(root);
  }

  refresh() {
    if (this.running) this.again = true;
    else this.running = this.read().finally(() => (this.running = null));
    return this.running;
  }

  async read() {
    do {
      this.again = false;
      try {
        const response = await fetch(this.root.dataset.source, { signal: AbortSignal.timeout(PATIENCE) });
        signedOut.hidden = response.status !== 401;
        if (response.ok) this.show(await response.text());
      } catch {
        offline.hidden = false; // the stream says when the server is back
      }
    } while (this.again);
  }
}

const queuePart = new Part(document.getElementById("queue"), (html) => {
  for (const row of update(queuePart.root, html)) if (row.matches("li")) row.classList.add("arrived");
  tellWaiting();
});

const ticketPart =
  ticket &&
  new Part(ticket, (html) => {
    const follow = isAtEnd();
    const typing = caret();
    const before = composer();
    const added = update(ticket, html);
    if (composer() !== before) {
      restoreDraft();
      if (typing) putCaret(typing);
    }
    const news = added.filter((element) => element.matches(".item"));
    for (const item of news) if (item.matches(".customer, .note")) item.classList.add("arrived");
    if (follow) scrollToEnd();
    else if (news.length) document.getElementById("jump").hidden = false;
  });

function refreshAll() {
  return Promise.all([queuePart.refresh(), ticketPart?.refresh()]);
}

function tellWaiting() {
  const waiting = Number(document.querySelector("[data-waiting]").dataset.waiting);
  document.title = waiting ? `(${waiting}) ${plainTitle}` : plainTitle;
}

function follow() {
  const stream = new EventSource(words.events);
  stream.addEventListener("open", () => (offline.hidden = true));
  // Every connection begins with both hints, so what happened in between is read then.
  stream.addEventListener("queue", () => queuePart.refresh());
  stream.addEventListener("ticket", () => ticketPart?.refresh());
  stream.addEventListener("error", () => {
    offline.hidden = false;
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(follow, RETRY);
    queuePart.refresh(); // tells whether we were signed out
  });
}

// --- The conversation's end ------------------------------------------------------------------------

function isAtEnd() {
  const stream = document.getElementById("stream");
  return stream.scrollHeight - stream.scrollTop - stream.clientHeight < NEAR_END;
}

/** A phone's keyboard covers part of the window: the page keeps to what is visible. */
function fit() {
  if (visualViewport.scale !== 1) return; // pinched: leave the reader alone
  document.body.style.setProperty("--view-height", `${visualViewport.height}px`);
  document.body.style.setProperty("--view-top", `${visualViewport.offsetTop}px`);
}

function scrollToEnd() {
  const stream = document.getElementById("stream");
  stream.scrollTop = stream.scrollHeight;
  document.getElementById("jump").hidden = true;
}

// --- Writing ---------------------------------------------------------------------------------------

function composer() {
  return ticket?.querySelector("[data-composer]");
}

function caret() {
  const field = composer().elements.text;
  return field === document.activeElement && [field.selectionStart, field.selectionEnd];
}

function putCaret(place) {
  const field = composer().elements.text;
  field.focus({ preventScroll: true });
  field.setSelectionRange(...place);
}

function keepDraft() {
  const form = composer();
  const text = form.elements.text.value;
  const draft = JSON.stringify({ text, to: form.elements.to.value });
  if (text) sessionStorage.setItem(`draft ${ticket.dataset.ticket}`, draft);
  else sessionStorage.removeItem(`draft ${ticket.dataset.ticket}`);
}

function restoreDraft() {
  const form = composer();
  const draft = JSON.parse(sessionStorage.getItem(`draft ${ticket.dataset.ticket}`) ?? "null");
  if (draft && !form.elements.text.value) {
    form.elements.text.value = draft.text;
    choose(draft.to); // a note must not turn into a reply because the ticket was taken meanwhile
  }
  showKind();
}

function choose(to) {
  const kind = composer().querySelector(`[name="to"][value="${CSS.escape(to)}"]`);
  if (kind) kind.checked = true;
  showKind();
}

function showKind() {
  const form = composer();
  const isNote = form.elements.to.value === "colleagues";
  form.elements.text.placeholder = isNote ? form.elements.text.dataset.note : form.elements.text.dataset.reply;
}

function tell(problem) {
  const place = composer().querySelector("[data-error]");
  place.textContent = problem;
  place.hidden = !problem;
}

let lastSent = Promise.resolve(); // what the agent does is sent one after the other, in order

function showHeld(html) {
  composer().querySelector("[data-held]").innerHTML = html; // the server's own page part, escaped there
}

function act(form, button) {
  const field = composer().elements.text;
  const isMessage = form === composer();
  if (form.dataset.act === "resolve" && field.value.trim() && !confirm(words.resolveUnsent)) return;
  const body = new URLSearchParams(new FormData(form, button));
  if (isMessage) showHeld("");
  if (isMessage) field.value = ""; // its draft is kept until the server has it
  else form.querySelector("button").disabled = true;
  lastSent = lastSent.then(async () => {
    const { problem, held } = await post(form.action, body);
    const done = !problem && !held;
    if (!done && isMessage) putBack(body);
    if (isMessage) keepDraft();
    await refreshAll();
    tell(problem ?? "");
    if (held) showHeld(held);
    if (isMessage && done) scrollToEnd();
    if (!isMessage) for (const button of ticket.querySelectorAll("[data-act] button")) button.disabled = false;
    if (form.dataset.act === "take" && done) composer().elements.text.focus();
  });
}

/** Send it; returns `problem`, what went wrong in words, or `held`, what the language guard says, or neither. */
async function post(address, body) {
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 401) signedOut.hidden = false;
    if (response.ok) return {};
    if (response.headers.get("content-type")?.startsWith("text/html")) return { held: await response.text() };
    return { problem: await explain(response) };
  } catch {
    return { problem: words.sendFailed };
  }
}

function putBack(body) {
  const field = composer().elements.text;
  field.value = [body.get("text"), field.value].filter(Boolean).join("\n");
  choose(body.get("to"));
}

async function explain(response) {
  const told = await response.json().catch(() => ({}));
  return typeof told.detail === "string" ? told.detail : words.sendFailed;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-act], [data-composer]")) {
    event.preventDefault();
    act(form, event.submitter);
  } else {
    sessionStorage.clear(); // signing out: drafts are not for whoever comes next
  }
});

if (ticket) {
  ticket.addEventListener("input", () => {
    tell("");
    keepDraft();
    showKind();
  });
  ticket.addEventListener("keydown", (event) => {
    const sends = event.key === "Enter" && event.target.name === "text" && !event.shiftKey;
    // While an input method composes, Enter chooses a word. On a touch keyboard it starts a new line.
    if (!sends || event.isComposing || event.keyCode === 229) return;
    if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    composer().requestSubmit();
  });
  ticket.addEventListener("click", (event) => {
    const better = event.target.closest("[data-better]");
    if (!better) return;
    const field = composer().elements.text;
    field.focus();
    field.select();
    document.execCommand("insertText", false, better.textContent); // the one way that can be undone
    showHeld("");
  });
  document.getElementById("jump").addEventListener("click", scrollToEnd);
  const stream = document.getElementById("stream");
  let atEnd = true;
  let room = stream.clientHeight;
  stream.addEventListener("scroll", () => {
    if (stream.clientHeight !== room) return; // not the reader's scrolling
    atEnd = isAtEnd();
    if (atEnd) document.getElementById("jump").hidden = true;
  });
  // Who reads the end goes on seeing it when the keyboard comes up or the text grows.
  new ResizeObserver(() => {
    room = stream.clientHeight;
    if (atEnd) scrollToEnd();
  }).observe(stream);
  if (matchMedia(NARROW).matches) ticket.querySelector(".summary").open = false;
  restoreDraft();
  scrollToEnd();
}
for (const change of ["resize", "scroll"]) visualViewport.addEventListener(change, fit);
tellWaiting();
follow();
setInterval(() => queuePart.refresh(), QUEUE_TICK);
addEventListener("pageshow", (event) => event.persisted && location.reload());
