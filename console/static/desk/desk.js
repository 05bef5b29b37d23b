// The desk: keeps the queue and the open ticket up to date, and sends what the agent does.
import { addFiles, carriesFiles, settleFiles, showFiles, takeFiles } from "./files.js";
import { remember, update } from "./patch.js";

const QUEUE_TICK = 30_000; // ms between readings of the queue for its waiting times
const RETRY = 3_000; // ms before a refused stream is opened again
const PATIENCE = 15_000; // ms that an answer may take
const SLOWEST = 50; // bytes of a file in each ms
const NARROW = "(max-width: 719px)"; // as in console.css
const WIDE = "(min-width: 1080px)";
const NEAR_END = 80; // px from the conversation's end within which it follows new messages

const words = document.body.dataset;
const offline = document.getElementById("offline");
const signedOut = document.getElementById("signed-out");
const ticket = document.querySelector("[data-ticket]");
const plainTitle = document.title;
document.body.classList.add("scripted");

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

const dutyPart = new Part(document.getElementById("duty"), (html) => update(dutyPart.root, html));

const alertsPart = new Part(document.getElementById("alerts"), (html) => {
  for (const row of update(alertsPart.root, html)) row.classList.add("arrived");
  tellWaiting();
});

function refreshStatus() {
  return Promise.all([dutyPart.refresh(), alertsPart.refresh()]);
}

function refreshAll() {
  return Promise.all([queuePart.refresh(), ticketPart?.refresh()]);
}

function tellWaiting() {
  const waiting = Number(document.querySelector("[data-waiting]").dataset.waiting);
  const alerts = document.querySelector("[data-unseen]") ? "❗" : "";
  document.title = alerts + (waiting ? `(${waiting}) ${plainTitle}` : plainTitle);
}

let stream = null;

/** Keep up to date. Who looks at the page is there; a page in the background is no sign of life. */
function follow() {
  const address = new URL(words.events, location);
  address.searchParams.set("looking", !document.hidden);
  const opened = new EventSource(address);
  stream?.close();
  stream = opened;
  opened.addEventListener("open", () => (offline.hidden = true));
  // Every connection begins with all hints, so what happened in between is read then.
  opened.addEventListener("queue", () => queuePart.refresh());
  opened.addEventListener("ticket", () => ticketPart?.refresh());
  opened.addEventListener("status", refreshStatus);
  opened.addEventListener("error", () => {
    offline.hidden = false;
    if (opened.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(() => opened === stream && follow(), RETRY);
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
  showFiles(form);
  showKind();
}

function choose(to) {
  const kind = composer().querySelector(`[name="to"][value="${CSS.escape(to)}"]`);
  if (kind) kind.checked = true;
  showKind();
}

function showKind() {
  const form = composer();
  const { note, heard, reply } = form.elements.text.dataset;
  form.elements.text.placeholder = { colleagues: note, heard }[form.elements.to.value] ?? reply;
}

/** Say what went wrong: in the form, or what is around it, where there is a place for it, else above the composer. */
function tell(problem, form = composer()) {
  const near = form.isConnected ? form.closest("[popover], .row-acts, .complaint, .customer-card, [data-composer]") : null;
  const place = near?.querySelector("[data-error]") ?? composer().querySelector("[data-error]");
  place.textContent = problem;
  place.hidden = !problem;
}

let lastSent = Promise.resolve(); // what the agent does is sent one after the other, in order

function showHeld(html) {
  composer().querySelector("[data-held]").innerHTML = html; // the server's own page part, escaped there
}

/** Send a message, or a note. */
function say(form, button) {
  const body = new FormData(form, button);
  const files = canAttach() ? takeFiles(form) : [];
  body.delete("files");
  for (const file of files) body.append("files", file, file.name);
  showHeld("");
  form.elements.text.value = ""; // its draft is kept until the server has it
  lastSent = lastSent.then(async () => {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const { problem, held } = await post(form.action, body, PATIENCE + size / SLOWEST);
    const done = !problem && !held;
    settleFiles(composer(), files, done);
    if (!done) putBack(body);
    keepDraft();
    await refreshAll();
    tell(problem ?? "");
    if (held) showHeld(held);
    if (done) scrollToEnd();
  });
}

/** Do something else to a ticket: the open one, or one in a list. */
function act(form, button) {
  const unsent = composer()?.elements.text.value.trim();
  if (form.dataset.act === "resolve" && unsent && !confirm(words.resolveUnsent)) return;
  const body = new URLSearchParams(new FormData(form, button));
  if (button) button.disabled = true;
  lastSent = lastSent.then(async () => {
    const { problem, then = form.dataset.then } = await post(form.action, body);
    if (!problem && then) return location.assign(then);
    if (!problem) form.closest("[popover]")?.hidePopover();
    await refreshAll();
    tell(problem ?? "", form);
    if (button) button.disabled = false;
    if (!problem && form.dataset.act === "take") composer().elements.text.focus();
  });
}

/** Show what may be said next, in the dialog that stands ready for it. */
async function suggest(address) {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 401) signedOut.hidden = false;
    if (!response.ok) return tell(await explain(response));
    const panel = document.getElementById("suggestions");
    panel.innerHTML = await response.text(); // the server's own page part, escaped there
    panel.showPopover();
    panel.querySelector("button")?.focus();
  } catch {
    tell(words.sendFailed);
  }
}

/** Put a suggested text where the agent is writing; it is not sent yet. */
function insert(text) {
  document.getElementById("suggestions").hidePopover();
  choose("customer");
  composer().elements.text.focus();
  document.execCommand("insertText", false, text); // the one way that can be undone
}

/** Open a dialog whose form is fetched the first time; what is typed in it stays when it is closed. Its link does without. */
async function open(link) {
  const dialog = document.getElementById(link.dataset.opens);
  try {
    if (!dialog.firstElementChild) {
      const response = await fetch(link.dataset.source, { signal: AbortSignal.timeout(PATIENCE) });
      if (!response.ok) return location.assign(link.href);
      dialog.innerHTML = await response.text(); // the server's own page part, escaped there
    }
    dialog.showPopover();
  } catch {
    offline.hidden = false;
  }
}

/** Change the agent's own status. */
async function change(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const { problem } = await post(form.action, body);
  if (problem) offline.hidden = false;
  await refreshStatus();
}

/** Send it; returns `problem`, what went wrong in words, or `held`, what the language guard says, or `then`, where to go, or nothing. */
async function post(address, body, patience = PATIENCE) {
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(patience) });
    if (response.status === 401) signedOut.hidden = false;
    if (response.ok) return { then: response.headers.get("location") ?? undefined };
    // Only our own page part is taken as HTML, and no error page of a proxy.
    const isHtml = response.headers.get("content-type")?.startsWith("text/html");
    if (response.status === 409 && isHtml) return { held: await response.text() };
    if (response.status === 413) return { problem: words.refusedByProxy };
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

/** Put files to the reply. A note takes none, and does not turn into a reply because of them. */
function attach(files) {
  const { notInNotes } = composer().querySelector("[data-picked]").dataset;
  tell(canAttach() ? addFiles(composer(), files) : notInNotes);
  composer().elements.text.focus();
}

function hasReply() {
  return Boolean(composer()?.querySelector("[data-picked]"));
}

function canAttach() {
  return hasReply() && composer().elements.to.value === "customer";
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-act], [data-composer], [data-status]")) {
    event.preventDefault();
    const send = form.matches("[data-composer]") ? say : form.matches("[data-act]") ? act : change;
    send(form, event.submitter);
  } else {
    sessionStorage.clear(); // signing out: drafts are not for whoever comes next
  }
});

if (ticket) {
  ticket.addEventListener("input", (event) => {
    if (!event.target.closest("[data-composer]")) return;
    tell("");
    keepDraft();
    showKind();
  });
  ticket.addEventListener("keydown", (event) => {
    const isWriting = event.target.name === "text" && event.target.closest("[data-composer]");
    const sends = event.key === "Enter" && isWriting && !event.shiftKey;
    // While an input method composes, Enter chooses a word. On a touch keyboard it starts a new line.
    if (!sends || event.isComposing || event.keyCode === 229) return;
    if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    composer().requestSubmit();
  });
  ticket.addEventListener("change", (event) => {
    if (event.target.name !== "files") return;
    const files = [...event.target.files];
    event.target.value = "";
    attach(files);
  });
  ticket.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || !hasReply() || !event.target.closest("[data-composer]")) return;
    event.preventDefault();
    attach(files);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    ticket.addEventListener(kind, (event) => {
      if (!carriesFiles(event) || !hasReply()) return;
      if (kind !== "dragleave") event.preventDefault(); // else the browser would open the file
      const left = kind === "drop" || (kind === "dragleave" && !ticket.contains(event.relatedTarget));
      ticket.classList.toggle("dropping", !left);
      if (kind === "drop") attach([...event.dataTransfer.files]);
    });
  }
  ticket.addEventListener("click", (event) => {
    const suggestions = event.target.closest("[data-suggest]");
    if (suggestions) {
      event.preventDefault(); // without this script it leads to a page
      suggest(suggestions.href);
    }
    const chosen = event.target.closest("[data-insert]");
    if (chosen) insert(chosen.parentElement.querySelector("[data-text]").textContent);
    const better = event.target.closest("[data-better]");
    if (!better) return;
    const field = composer().elements.text;
    field.focus();
    field.select();
    document.execCommand("insertText", false, better.textContent); // the one way that can be undone
    showHeld("");
  });
  document.getElementById("jump").addEventListener("click", scrollToEnd);
  const said = document.getElementById("stream");
  let atEnd = true;
  let room = said.clientHeight;
  said.addEventListener("scroll", () => {
    if (said.clientHeight !== room) return; // not the reader's scrolling
    atEnd = isAtEnd();
    if (atEnd) document.getElementById("jump").hidden = true;
  });
  said.addEventListener("load", () => atEnd && scrollToEnd(), true); // a picture takes its place
  // Who reads the end goes on seeing it when the keyboard comes up or the text grows.
  new ResizeObserver(() => {
    room = said.clientHeight;
    if (atEnd) scrollToEnd();
  }).observe(said);
  if (!matchMedia(WIDE).matches) {
    const all = matchMedia(NARROW).matches ? ".about details" : ".about .clocks, .about .chain";
    for (const part of ticket.querySelectorAll(all)) part.open = false;
  }
  restoreDraft();
  scrollToEnd();
}
for (const change of ["resize", "scroll"]) visualViewport.addEventListener(change, fit);
tellWaiting();
follow();
setInterval(() => queuePart.refresh(), QUEUE_TICK);
document.addEventListener("visibilitychange", follow);
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens]");
  if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    open(link);
  }
});
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
addEventListener("pageshow", (event) => event.persisted && location.reload());
