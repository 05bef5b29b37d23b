// The desk: keeps what it shows up to date by a stream of hints, and hands on what the agent does.
import "./keys.js";
import "./notify.js";
import { refreshLists, refreshStatus } from "./lists.js";
import { ask, offline, words } from "./part.js";
import { act, change, say } from "./send.js";
import { leaveTicket, openTicket, openTickets, refreshTabs, refreshTicket, showTyping, tellSeen, ticketAt, watchTabs } from "./tabs.js";

const TICK = 30_000; // ms between readings of lists and tabs for their times
const RETRY = 3_000; // ms before a refused stream is opened again

let stream = null;

/** Keep up to date, by one stream for all tickets that are open. Who looks at the page is there; a page in the background is no sign of life. */
function follow() {
  const address = new URL(words.events, location);
  address.searchParams.set("looking", !document.hidden);
  for (const ticket of openTickets()) address.searchParams.append("ticket", ticket);
  const opened = new EventSource(address);
  stream?.close();
  stream = opened;
  opened.addEventListener("open", () => (offline.hidden = true));
  // Every connection begins with all hints, so what happened in between is read then.
  opened.addEventListener("queue", refreshLists);
  opened.addEventListener("ticket", (event) => {
    refreshTicket(event.data);
    refreshTabs();
  });
  opened.addEventListener("typing", (event) => showTyping(event.data));
  opened.addEventListener("status", refreshStatus);
  opened.addEventListener("error", () => {
    offline.hidden = false;
    if (opened.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(() => opened === stream && follow(), RETRY);
    refreshLists(); // tells whether we were signed out
  });
}

/** Open a dialog whose form is fetched the first time; what is typed in it stays when it is closed. Its link does without. */
async function openDialog(link) {
  const dialog = document.getElementById(link.dataset.opens);
  try {
    if (!dialog.firstElementChild) {
      const response = await ask(link.dataset.source);
      if (!response.ok) return location.assign(link.href);
      dialog.innerHTML = await response.text(); // the server's own page part, escaped there
    }
    dialog.showPopover();
  } catch {
    offline.hidden = false;
  }
}

/** A phone's keyboard covers part of the window: the page keeps to what is visible. */
function fit() {
  if (visualViewport.scale !== 1) return; // pinched: leave the reader alone
  document.body.style.setProperty("--view-height", `${visualViewport.height}px`);
  document.body.style.setProperty("--view-top", `${visualViewport.offsetTop}px`);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-act], [data-composer], [data-status]")) {
    event.preventDefault();
    const send = form.matches("[data-composer]") ? say : form.matches("[data-act]") ? act : change;
    send(form, event.submitter);
  } else {
    sessionStorage.clear(); // signing out: drafts and open tickets are not for whoever comes next
  }
});
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[href]");
  if (!link || link.target) return;
  const ticket = ticketAt(link.href);
  if (link.dataset.opens) openDialog(link);
  else if (ticket) openTicket(ticket);
  else if (link.matches(".back")) leaveTicket();
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (menu && (!menu.contains(event.target) || event.target.closest("[popovertarget]"))) menu.open = false;
});
for (const change of ["resize", "scroll"]) visualViewport.addEventListener(change, fit);
document.addEventListener("visibilitychange", () => {
  follow();
  tellSeen();
});
addEventListener("pageshow", (event) => event.persisted && location.reload());
setInterval(() => {
  refreshLists();
  refreshTabs();
}, TICK);
watchTabs(follow);
follow();
