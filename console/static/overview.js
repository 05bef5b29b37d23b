// The overview: keeps "now" up to date by the desk's hints, and draws the tables that have a picture.
import { remember, update } from "./patch.js";

const PACE = 1_000; // ms between two readings at least
const RETRY = 3_000; // ms before a refused stream is opened again

const now = document.getElementById("now");

// --- Now -------------------------------------------------------------------------------------------

let due = null;

function refreshSoon() {
  due ??= setTimeout(refresh, PACE);
}

async function refresh() {
  due = null;
  try {
    const response = await fetch(now.dataset.source);
    if (response.ok) update(now, await response.text());
  } catch {
    // the stream begins with a hint when the server is back
  }
}

function follow() {
  const stream = new EventSource(now.dataset.events);
  stream.addEventListener("queue", refreshSoon);
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, RETRY);
  });
}

if (now) {
  remember(now);
  follow();
  // Waiting times grow without a hint.
  document.addEventListener("visibilitychange", () => document.hidden || refreshSoon());
}

// --- Pictures --------------------------------------------------------------------------------------

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(box) {
  const data = JSON.parse(box.nextElementSibling.textContent);
  const tones = [colour("--accent"), colour("--note-line")];
  const scale = { grid: { color: colour("--line") }, ticks: { color: colour("--muted"), precision: 0 } };
  const bare = { ...scale, grid: { display: false } };
  box.hidden = false;
  new Chart(box.firstElementChild, {
    type: "bar",
    data: {
      labels: data.labels,
      datasets: data.series.map((series, place) => ({
        label: series.name,
        data: series.values,
        backgroundColor: tones[place],
        borderRadius: 3,
        maxBarThickness: 28,
      })),
    },
    options: {
      indexAxis: data.flat ? "y" : "x",
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: data.series.length > 1, align: "end", labels: { color: colour("--muted"), boxWidth: 12 } },
      },
      scales: data.flat ? { x: { ...scale, beginAtZero: true }, y: bare } : { x: bare, y: { ...scale, beginAtZero: true } },
    },
  });
}

// A page without the library, or without scripts, has its tables.
if (window.Chart) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  document.querySelectorAll(".picture").forEach(draw);
}
