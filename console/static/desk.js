// The desk: keeps the queue and the open ticket up to date, and sends what the agent does.
import { remember, update } from "./patch.js";

const QUEUE_TICK = 30_000; // ms between readings of the queue for its waiting times
const RETRY = 3_000; // ms before a refused stream is opened again
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
        const response = await fetch(this.root.dataset.source);
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
    for (const item of news) item.classList.add("arrived");
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
    // A note must not turn into a reply because the ticket was taken meanwhile.
    const kind = form.querySelector(`[name="to"][value="${CSS.escape(draft.to)}"]`);
    if (kind) kind.checked = true;
  }
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

async function send(form) {
  const button = form.querySelector("button");
  if (button.disabled) return;
  if (form.dataset.act === "resolve" && composer().elements.text.value.trim() && !confirm(words.resolveUnsent)) return;
  const body = new URLSearchParams(new FormData(form));
  button.disabled = true;
  let problem = "";
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (response.status === 401) signedOut.hidden = false;
    if (!response.ok) problem = await explain(response);
  } catch {
    problem = words.sendFailed;
  }
  if (!problem && form === composer()) {
    const field = form.elements.text;
    if (field.value === body.get("text")) field.value = "";
    keepDraft();
    scrollToEnd();
  }
  await refreshAll();
  button.disabled = false;
  tell(problem);
  if (!problem && form.dataset.act === "take") composer().elements.text.focus();
}

async function explain(response) {
  const told = await response.json().catch(() => ({}));
  return typeof told.detail === "string" ? told.detail : words.sendFailed;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-act], [data-composer]")) {
    event.preventDefault();
    send(form);
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
  document.getElementById("jump").addEventListener("click", scrollToEnd);
  document.getElementById("stream").addEventListener("scroll", () => {
    if (isAtEnd()) document.getElementById("jump").hidden = true;
  });
  restoreDraft();
  scrollToEnd();
}
tellWaiting();
follow();
setInterval(() => queuePart.refresh(), QUEUE_TICK);
addEventListener("pageshow", (event) => event.persisted && location.reload());
