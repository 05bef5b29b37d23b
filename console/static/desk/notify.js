// Desktop notifications: of a ticket given or offered to us, a new message in one of ours, and an alert, while the page is not
// looked at. Off until the agent switches them on here. What they say is what the lists say, in which numbers are masked.
import { watchLists } from "./lists.js";
import { words } from "./part.js";
import { openTicket, ticketAt } from "./tabs.js";

const KEY = `notify ${words.agent}`;
const dialog = document.getElementById("dialog-notify");
const problem = dialog.querySelector("[data-problem]");
const chosen = { on: false, plain: false, sound: false, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };

let known = read(); // what was in the lists when they were read last

/** What one may be told of, by a key of its own: `{kind, ticket, customer, text, count}`. */
function read() {
  const found = new Map();
  const rows = (list, take) => {
    for (const row of document.querySelectorAll(`#list-${list} [data-row]`)) {
      const ticket = row.dataset.row;
      const customer = row.querySelector("b").textContent;
      take({ ticket, customer, text: row.querySelector(".row-preview").textContent, row });
    }
  };
  rows("offers", (each) => found.set(`offered ${each.ticket}`, { kind: "offered", ...each, text: each.row.querySelector(".row-offer").textContent }));
  rows("mine", (each) => {
    if (each.row.querySelector("b.given")) found.set(`given ${each.ticket}`, { kind: "given", ...each });
    const count = Number(each.row.querySelector("[data-unread]")?.dataset.unread ?? 0);
    if (count) found.set(`wrote ${each.ticket}`, { kind: "wrote", ...each, count });
  });
  for (const item of document.querySelectorAll("#alerts li[data-key]")) {
    const link = item.querySelector("a");
    found.set(item.dataset.key, { kind: "alerted", ticket: ticketAt(link.href), text: link.textContent });
  }
  return found;
}

watchLists(() => {
  const now = read();
  const news = [...now].filter(([key, { count = 1 }]) => count > (known.get(key)?.count ?? (known.has(key) ? 1 : 0)));
  known = now;
  if (!chosen.on || isLookedAt() || !news.length) return;
  for (const [, each] of news) show(each);
  if (chosen.sound) ring();
});

function isLookedAt() {
  return !document.hidden && document.hasFocus();
}

function show({ kind, ticket, customer, text }) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const told = dialog.dataset;
  const title = chosen.plain ? (told[`${kind}Plain`] ?? told[kind]) : told[kind].replace("{customer}", customer);
  try {
    // One for a ticket: the newer takes the place of the older. An alert mostly says what a list has told already.
    const shown = new Notification(title, {
      body: chosen.plain ? "" : text,
      tag: ticket,
      renotify: kind !== "alerted",
      icon: dialog.dataset.icon,
    });
    shown.addEventListener("click", () => {
      window.focus();
      if (ticket) openTicket(ticket);
      shown.close();
    });
  } catch {
    tell(told.missing); // a phone's browser has them in name only
  }
}

/** Two short tones, made here. */
function ring() {
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.connect(audio.destination);
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
  [660, 880].forEach((pitch, turn) => {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(volume);
    tone.start(audio.currentTime + turn * 0.12);
    tone.stop(audio.currentTime + turn * 0.12 + 0.2);
    if (turn) tone.addEventListener("ended", () => audio.close());
  });
}

/** The browser's own question is asked only when the agent presses; returns whether we may. */
async function ask() {
  if (!("Notification" in window) || !window.isSecureContext) tell(dialog.dataset.missing);
  else if ((await Notification.requestPermission()) !== "granted") tell(dialog.dataset.denied);
  else return true;
  return false;
}

function tell(words) {
  problem.textContent = words;
  problem.hidden = !words;
}

function draw() {
  for (const box of dialog.querySelectorAll("[data-notify]")) {
    box.checked = chosen[box.dataset.notify];
    box.disabled = box.dataset.notify !== "on" && !chosen.on;
  }
}

dialog.addEventListener("change", async (event) => {
  const { notify } = event.target.dataset;
  tell("");
  chosen[notify] = event.target.checked && (notify !== "on" || (await ask()));
  localStorage.setItem(KEY, JSON.stringify(chosen));
  draw();
  if (notify === "sound" && chosen.sound) ring();
});
draw();
