// The tickets that are open: a tab for each above the conversation, and one of them looked at. Which are open is kept for this
// tab of the browser and this agent.
import { update } from "../patch.js";
import { dropFiles } from "./files.js";
import { markOpened, refreshLists } from "./lists.js";
import { ask, offline, Part, words } from "./part.js";
import { Sheet } from "./sheet.js";
import { TypingSign } from "./typing.js";

const HOME = "/console/desk";
const TICKET = /^\/console\/desk\/tickets\/([0-9a-f-]{36})$/;
const MOST = 20; // as the server takes them
const MINE = `tabs ${words.agent}`;

const strip = document.getElementById("tabs");
const desk = document.querySelector(".desk");
const sheets = new Map(); // ticket -> its sheet, if it was looked at in this page
const seen = new Map(); // ticket -> how far the server knows that we have seen it
const watchers = [];
let open = []; // tickets, as their tabs stand
let current = null; // the sheet that is looked at
let wanted = ""; // the ticket that was asked for last

const stripPart = new Part(
  strip,
  (html) => {
    update(strip, html);
    const known = new Set([...strip.querySelectorAll("[data-tab]")].map((tab) => tab.dataset.tab));
    const gone = stripPart.asked.filter((ticket) => !known.has(ticket)); // they do not exist
    open = open.filter((ticket) => !gone.includes(ticket));
    settle();
    if (gone.length) for (const watcher of watchers) watcher();
  },
  () => {
    stripPart.asked = [...open];
    const query = new URLSearchParams(open.map((ticket) => ["ticket", ticket]));
    if (current) query.set("open", current.ticket);
    return `${strip.dataset.source}?${query}`;
  },
);

/** The sheet that is looked at, if one is. */
export function currentSheet() {
  return current;
}

export function openTickets() {
  return open;
}

/** Call back when other tickets are open than before. */
export function watchTabs(watcher) {
  watchers.push(watcher);
}

/** The ticket that an address of a page of ours opens, or nothing. */
export function ticketAt(address) {
  const { origin, pathname, search } = new URL(address, location);
  return (origin === location.origin && !search && TICKET.exec(pathname)?.[1]) || undefined;
}

export function refreshTabs() {
  return open.length ? stripPart.refresh() : Promise.resolve();
}

/** Something may have happened in the ticket: read it again where it is looked at. */
export async function refreshTicket(ticket) {
  if (current?.ticket === ticket) {
    await current.refresh();
    tellSeen();
  }
}

/** Look at a ticket, as a tab of its own if it has none yet. */
export async function openTicket(ticket, { keepHistory = false } = {}) {
  wanted = ticket;
  const known = sheets.get(ticket);
  const sheet = known ?? (await load(ticket));
  if (!sheet || wanted !== ticket) return; // another one is looked at by now
  if (!keepHistory) go(`${HOME}/tickets/${ticket}`);
  look(sheet);
  if (known) refreshTicket(ticket);
}

/** Look at none of them; the tabs stay. */
export function leaveTicket({ keepHistory = false } = {}) {
  wanted = "";
  const left = current?.ticket;
  current?.putAside();
  current = null;
  document.getElementById("ticket").replaceWith(document.getElementById("nothing").content.firstElementChild.cloneNode(true));
  desk.classList.remove("reading");
  if (!keepHistory) go(HOME);
  settle();
  if (left) document.querySelector(`[data-row="${left}"]`)?.focus();
}

/** Close a tab. What was typed in its field is kept until it is opened again; files that were picked are not. */
export function closeTicket(ticket) {
  const at = open.indexOf(ticket);
  if (at < 0) return;
  open.splice(at, 1);
  sheets.delete(ticket);
  dropFiles(ticket);
  const next = open[at] ?? open[at - 1];
  if (current?.ticket !== ticket) settle();
  else if (next) openTicket(next);
  else leaveTicket();
  strip.querySelector(`[data-tab="${ticket}"]`)?.remove();
  changed();
}

/** Look at the tab that is so many further on; at its end it begins anew. */
export function stepTab(by) {
  if (!open.length) return;
  const at = open.indexOf(current?.ticket);
  const next = at < 0 ? 0 : (at + by + open.length) % open.length;
  openTicket(open[next]);
}

/** The customer of a ticket is typing. */
export function showTyping(ticket) {
  if (current?.ticket === ticket) current.typing.show();
  const tab = strip.querySelector(`[data-tab="${ticket}"]`);
  if (tab) new TypingSign(tab).show();
}

/** What is looked at has been seen: say so, once for each message of the customer. */
export function tellSeen() {
  if (!current || document.hidden) return;
  const { ticket, heard } = current;
  if (seen.get(ticket) >= heard) return;
  seen.set(ticket, heard);
  const body = new URLSearchParams({ through: heard });
  ask(`${HOME}/tickets/${ticket}/seen`, { method: "POST", body })
    .then(() => {
      if (document.querySelector(`[data-row="${ticket}"] .unread`)) refreshLists();
      if (strip.querySelector(`[data-tab="${ticket}"] .unread`)) refreshTabs();
    })
    .catch(() => seen.delete(ticket));
}

async function load(ticket) {
  const address = `${HOME}/tickets/${ticket}`;
  try {
    const response = await ask(`${address}?part=1`);
    if (!response.ok) return void location.assign(address); // whose page says why
    const root = document.createElement("main");
    root.className = "ticket";
    root.id = "ticket";
    root.tabIndex = -1;
    root.dataset.ticket = ticket;
    root.dataset.source = `${address}?part=1`;
    root.innerHTML = await response.text(); // the server's own page part, escaped there
    return new Sheet(root);
  } catch {
    offline.hidden = false;
  }
}

function look(sheet) {
  current?.putAside();
  current = sheet;
  sheets.set(sheet.ticket, sheet);
  const before = document.getElementById("ticket");
  const hadFocus = before.contains(document.activeElement);
  if (before !== sheet.root) before.replaceWith(sheet.root);
  desk.classList.add("reading");
  sheet.shown();
  if (hadFocus || !document.activeElement.checkVisibility()) sheet.root.focus({ preventScroll: true });
  if (!open.includes(sheet.ticket)) {
    open.push(sheet.ticket);
    if (open.length > MOST) forget(open.find((ticket) => ticket !== sheet.ticket));
    changed();
  }
  settle();
  tellSeen();
}

function forget(ticket) {
  open = open.filter((each) => each !== ticket);
  sheets.delete(ticket);
  dropFiles(ticket);
}

function go(path) {
  if (location.pathname !== path) history.pushState(null, "", path);
}

/** All that says which ticket is looked at. */
function settle() {
  sessionStorage.setItem(MINE, JSON.stringify(open));
  markOpened(current?.ticket ?? "");
  mark();
  const language = document.querySelector("[data-switch-language]");
  language.search && (language.href = location.pathname + language.search);
  document.querySelector("[data-sign-in]").href = `/console/sign-in?next=${encodeURIComponent(location.pathname)}`;
}

function mark() {
  strip.hidden = !open.length;
  strip.classList.toggle("single", open.length === 1);
  for (const tab of strip.querySelectorAll("[data-tab]")) {
    const link = tab.querySelector("a");
    const isCurrent = tab.dataset.tab === current?.ticket;
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (isCurrent) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function changed() {
  refreshTabs();
  for (const watcher of watchers) watcher();
}

function begin() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("tabs ") && key !== MINE) sessionStorage.removeItem(key); // another agent's
  }
  open = JSON.parse(sessionStorage.getItem(MINE) ?? "[]");
  const root = document.querySelector("main[data-ticket]");
  if (root) {
    const sheet = new Sheet(root);
    seen.set(sheet.ticket, sheet.heard); // the page's coming was looking at it
    look(sheet);
    sheet.toEnd();
  } else settle();
  refreshTabs();
}

strip.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close) closeTicket(close.closest("[data-tab]").dataset.tab);
});
strip.addEventListener("auxclick", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (!tab || event.button !== 1) return;
  event.preventDefault(); // the middle button closes, as it does for the browser's own tabs
  closeTicket(tab.dataset.tab);
});
addEventListener("popstate", () => {
  const ticket = ticketAt(location.href);
  if (ticket) openTicket(ticket, { keepHistory: true });
  else if (location.pathname === HOME) leaveTicket({ keepHistory: true });
  else location.reload();
});
begin();
