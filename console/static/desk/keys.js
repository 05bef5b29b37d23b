// Keys of one letter. They do nothing while somebody types or a dialog is open, and can be switched off (WCAG 2.1.4).
import { words } from "./part.js";
import { closeTicket, currentSheet, openTicket, openTickets, stepTab } from "./tabs.js";

const KEY = `keys ${words.agent}`;
const dialog = document.getElementById("dialog-keys");
const box = dialog.querySelector("[data-keys-on]");
const queue = document.getElementById("queue");

const DO = {
  j: () => stepRow(1),
  k: () => stepRow(-1),
  o: () => document.activeElement.matches("[data-row]") && openTicket(document.activeElement.dataset.row),
  "[": () => stepTab(-1),
  "]": () => stepTab(1),
  x: () => currentSheet() && closeTicket(currentSheet().ticket),
  "/": () => document.getElementById("filter").focus(),
  t: () => press("[data-act=take] button, .banner [data-act=accept] button"),
  r: () => write("customer", "heard"),
  n: () => write("colleagues"),
  g: () => press("[data-suggest]"),
  w: () => press("[data-act=wait] button"),
  f: () => press("[popovertarget=dialog-transfer]"),
  d: resolve,
  c: () => document.querySelector("[data-opens=dialog-contact]").click(),
  "?": () => dialog.showPopover(),
};

function stepRow(by) {
  const rows = [...queue.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
  const here = document.activeElement.matches("[data-row]") ? document.activeElement : queue.querySelector("[aria-current]");
  const at = rows.indexOf(here);
  rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}

function press(selector) {
  currentSheet()?.root.querySelector(selector)?.click();
}

function write(...kinds) {
  const sheet = currentSheet();
  if (sheet && kinds.some((kind) => sheet.choose(kind))) sheet.field.focus();
}

/** One key must not end a ticket by accident: without a dialog it leads to the button only. */
function resolve() {
  const dialogs = currentSheet()?.root.querySelector("[popovertarget=dialog-resolve]");
  if (dialogs) dialogs.click();
  else currentSheet()?.root.querySelector(".acts [data-act=resolve] button")?.focus();
}

function isBusy(target) {
  return target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") || document.querySelector(":popover-open");
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches("[data-composer] textarea")) return event.target.blur();
  if (!box.checked || isBusy(event.target)) return;
  const nth = /^[1-9]$/.test(event.key) && openTickets()[event.key - 1];
  const act = nth ? () => openTicket(nth) : DO[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault(); // else the letter would stand in the field that gets the focus
  act();
});
box.checked = localStorage.getItem(KEY) !== "off";
box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"));
