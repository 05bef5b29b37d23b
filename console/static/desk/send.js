// What the agent does is sent one after the other, in order.
import { settleFiles, takeFiles } from "./files.js";
import { refreshLists, refreshStatus } from "./lists.js";
import { ask, explain, offline, PATIENCE, words } from "./part.js";
import { currentSheet, openTicket, ticketAt } from "./tabs.js";

const SLOWEST = 50; // bytes of a file in each ms

let lastSent = Promise.resolve();

/** Send a message, or a note. */
export function say(form, button) {
  const sheet = currentSheet();
  const body = new FormData(form, button);
  const files = sheet.canAttach ? takeFiles(form) : [];
  body.delete("files");
  for (const file of files) body.append("files", file, file.name);
  sheet.showHeld("");
  sheet.guard.clear();
  sheet.field.value = ""; // its draft is kept until the server has it
  lastSent = lastSent.then(async () => {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const { problem, held } = await post(form.action, body, PATIENCE + size / SLOWEST);
    const done = !problem && !held;
    settleFiles(sheet.composer, files, done);
    if (!done) sheet.putBack(body.get("text"), body.get("to"));
    sheet.keepDraft();
    await Promise.all([refreshLists(), sheet.refresh()]);
    sheet.tell(problem ?? "");
    if (held) sheet.showHeld(held);
    if (done) sheet.toEnd();
  });
}

/** Do something else to a ticket: the one that is looked at, or one in a list. */
export function act(form, button) {
  const sheet = currentSheet();
  if (form.dataset.act === "resolve" && sheet?.field.value.trim() && !confirm(words.resolveUnsent)) return;
  const body = new URLSearchParams(new FormData(form, button));
  if (button) button.disabled = true;
  lastSent = lastSent.then(async () => {
    const { problem, then = form.dataset.then } = await post(form.action, body);
    const opens = then && ticketAt(then);
    if (!problem && then && !opens) return location.assign(then);
    if (!problem) form.closest("[popover]")?.hidePopover();
    await Promise.all([refreshLists(), sheet?.refresh()]);
    if (!problem && opens) await openTicket(opens);
    if (sheet) sheet.tell(problem ?? "", form);
    else tellBeside(form, problem ?? "");
    if (button) button.disabled = false;
    if (!problem && form.dataset.act === "take" && sheet === currentSheet()) sheet.field.focus();
  });
}

/** Change the agent's own status. */
export async function change(form, button) {
  const { problem } = await post(form.action, new URLSearchParams(new FormData(form, button)));
  if (problem) offline.hidden = false;
  await refreshStatus();
}

/** Say what went wrong while no ticket is looked at. */
function tellBeside(form, problem) {
  const near = form.isConnected ? form.closest("[popover], .row-acts") : null;
  const place = (near ?? document.getElementById("ticket")).querySelector("[data-error]");
  place.textContent = problem;
  place.hidden = !problem;
}

/** Send it; returns `problem`, what went wrong in words, or `held`, what the language guard says, or `then`, where to go, or nothing. */
async function post(address, body, patience = PATIENCE) {
  try {
    const headers = { Accept: "application/json" };
    const response = await ask(address, { method: "POST", body, headers, signal: AbortSignal.timeout(patience) });
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
