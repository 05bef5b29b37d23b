// What stands around the ticket and is kept current: the lists, whether we are on duty, the alerts, the title.
import { update } from "../patch.js";
import { Part } from "./part.js";

const plainTitle = document.title;
const queue = document.getElementById("queue");
const filter = document.getElementById("filter");
const watchers = [];
let opened = queue.dataset.open ?? "";

const queuePart = new Part(
  queue,
  (html) => {
    for (const row of update(queue, html)) if (row.matches("li")) row.classList.add("arrived");
    showLists();
    for (const watcher of watchers) watcher();
  },
  () => `${queue.dataset.source}${opened && `?open=${opened}`}`,
);

const dutyPart = new Part(document.getElementById("duty"), (html) => update(dutyPart.root, html));

const alertsPart = new Part(document.getElementById("alerts"), (html) => {
  for (const row of update(alertsPart.root, html)) row.classList.add("arrived");
  tellWaiting();
  for (const watcher of watchers) watcher();
});

export function refreshLists() {
  return queuePart.refresh();
}

export function refreshStatus() {
  return Promise.all([dutyPart.refresh(), alertsPart.refresh()]);
}

/** Call back whenever lists or alerts have been read. */
export function watchLists(watcher) {
  watchers.push(watcher);
}

/** Show in the lists which ticket is looked at; none with "". */
export function markOpened(ticket) {
  opened = ticket;
  for (const row of queue.querySelectorAll("[data-row]")) {
    row.classList.toggle("open", row.dataset.row === ticket);
    if (row.dataset.row === ticket) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function showLists() {
  markOpened(opened);
  applyFilter();
  tellWaiting();
}

/** The number in the title is how many wait; ● says that a customer of ours wrote, ❗ that there is an alert. */
function tellWaiting() {
  const waiting = Number(document.querySelector("[data-waiting]").dataset.waiting);
  const alerts = document.querySelector("[data-unseen]") ? "❗" : "";
  const news = queue.querySelector(`#list-mine ${document.hidden ? "" : ".row:not(.open) "}[data-unread]`) ? "● " : "";
  document.title = alerts + news + (waiting ? `(${waiting}) ${plainTitle}` : plainTitle);
}

function applyFilter() {
  const wanted = filter.value.trim().toLowerCase();
  let found = false;
  for (const item of queue.querySelectorAll("li[data-key]")) {
    item.hidden = Boolean(wanted) && !item.textContent.toLowerCase().includes(wanted);
    found ||= !item.hidden;
  }
  document.getElementById("filter-nothing").hidden = !wanted || found;
}

filter.addEventListener("input", applyFilter);
filter.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) {
    filter.value = "";
    applyFilter();
    filter.blur();
  } else if (event.key === "Enter") {
    queue.querySelector("li:not([hidden]) [data-row]")?.focus();
    event.preventDefault();
  }
});
tellWaiting();
