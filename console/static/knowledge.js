// The knowledge base's pages: what is typed is looked at, questions are tried out, and what takes a moment is waited for.
// Every page works without this, too: forms are plain forms, and what is looked at while typing is looked at when saving.

const LOOK_AFTER = 500; // ms without a key until what was typed is looked at
const SUGGEST_AFTER = 150;
const AGAIN = 600; // ms between two looks at what is being learned
const PATIENCE = 60_000; // ms that an answer may take

document.documentElement.classList.add("scripted");

/** Call `act` when nothing has come for a while. */
function later(ms, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), ms);
  };
}

async function read(url, options = {}) {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), ...options });
  if (response.status === 401) location.reload(); // signed out
  if (!response.ok) throw new Error(String(response.status));
  return response;
}

/** Put what the server sends into `root`, again and again while it says that more is to come. */
async function follow(root, url, isCurrent = () => true) {
  for (let failures = 0; isCurrent(); ) {
    try {
      const html = await (await read(url)).text();
      if (!isCurrent()) return;
      failures = 0;
      root.innerHTML = html; // our own server's, with everything in it escaped
      if (!root.querySelector("[data-again]")) return;
    } catch {
      if (++failures > 5) return;
    }
    await new Promise((done) => setTimeout(done, AGAIN));
  }
}

// --- Trying out ------------------------------------------------------------------------------------

let asked = 0;
for (const form of document.querySelectorAll("[data-try]")) {
  const result = form.parentElement.querySelector("[data-try-result]");
  const ask = () => {
    const mine = ++asked;
    const query = new URLSearchParams(new FormData(form));
    query.set("part", "true");
    return follow(result, `${form.action}?${query}`, () => mine === asked);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  if (result.hasAttribute("data-poll")) ask();
}

// --- Publishing ------------------------------------------------------------------------------------

const figures = document.querySelector("[data-figures]");
if (figures) follow(figures, figures.dataset.figures);

const publishing = document.querySelector("[data-publish]");
publishing?.addEventListener("submit", () => {
  publishing.querySelector("[data-progress]").textContent = publishing.dataset.publish;
  publishing.querySelector("button").disabled = true;
});

// --- Names of entries --------------------------------------------------------------------------------

for (const form of document.querySelectorAll("[data-names]")) {
  const list = form.querySelector("datalist#names");
  const suggest = later(SUGGEST_AFTER, async (typed) => {
    try {
      const names = await (await read(`${form.dataset.names}?q=${encodeURIComponent(typed)}`)).json();
      const human = list.querySelector("option[value=human]");
      list.replaceChildren(
        ...(human ? [human] : []),
        ...names.map(({ id, title }) => Object.assign(document.createElement("option"), { value: id, textContent: title })),
      );
    } catch {
      // without suggestions the id can still be typed
    }
  });
  form.addEventListener("input", ({ target }) => target.getAttribute("list") === "names" && suggest(target.value));
  form.addEventListener("focusin", ({ target }) => target.getAttribute("list") === "names" && suggest(target.value));
}

// --- What is told of a form while it is typed ---------------------------------------------------------

for (const form of document.querySelectorAll("[data-look]")) {
  const result = form.querySelector("[data-look-result]");
  let looks = 0;
  const look = later(LOOK_AFTER, async () => {
    const mine = ++looks;
    try {
      const body = new URLSearchParams(new FormData(form));
      const html = await (await read(form.dataset.look, { method: "POST", body })).text();
      if (mine === looks) result.innerHTML = html; // our own server's, escaped there
    } catch {
      // saving looks at it again
    }
  });
  form.addEventListener("input", look);
}

// --- The editor --------------------------------------------------------------------------------------

const editor = document.querySelector("[data-editor]");
if (editor && !editor.querySelector("fieldset").disabled) {
  for (const button of editor.querySelectorAll("[data-add]")) {
    const rows = button.parentElement.querySelector("[data-rows]");
    button.hidden = false;
    button.addEventListener("click", () => {
      const row = rows.lastElementChild.cloneNode(true);
      for (const input of row.querySelectorAll("input")) input.value = "";
      rows.append(row);
      row.querySelector("input").focus();
    });
  }

  const preview = document.querySelector("[data-preview]");
  let looks = 0;
  const look = later(LOOK_AFTER, async () => {
    const mine = ++looks;
    try {
      const found = await (
        await read(editor.dataset.examine, { method: "POST", body: new URLSearchParams(new FormData(editor)) })
      ).json();
      if (mine !== looks) return;
      tell(found.told);
      if (found.preview) preview.innerHTML = found.preview; // our own server's, escaped there
    } catch {
      // saving looks at it again
    }
  });
  editor.addEventListener("input", look);
  countLines();
  editor.addEventListener("input", countLines);
  mark();
}

function tell(told) {
  for (const list of editor.querySelectorAll("[data-for]")) {
    const mine = told.filter((each) => each.field === list.dataset.for);
    list.replaceChildren(
      ...mine
        // What is not filled in yet is not held against who is still writing.
        .filter((each) => !each.grave || touched(list.dataset.for))
        .map((each) => {
          const item = document.createElement("li");
          if (each.grave || each.blocks) item.className = "grave";
          if (each.href) {
            const link = Object.assign(document.createElement("a"), { href: each.href, target: "_blank", textContent: each.text });
            item.append(link);
          } else item.textContent = each.text;
          return item;
        }),
    );
  }
  mark();
}

function touched(field) {
  const input = editor.elements[field];
  return !input || !("value" in input) || input.value.trim() !== "" || input.dataset.touched === "1" || input.defaultValue !== "";
}

/** Say it to who cannot see it, too: which fields need mending. */
function mark() {
  for (const list of editor.querySelectorAll("[data-for]")) {
    const input = editor.elements[list.dataset.for];
    if (input && "setAttribute" in input) {
      if (list.querySelector(".grave")) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
}

function countLines() {
  for (const label of editor.querySelectorAll("[data-lines]")) {
    const lines = editor.elements[label.dataset.lines].value.split("\n").filter((line) => line.trim()).length;
    label.textContent = lines ? `· ${lines}` : "";
  }
}

// --- Nothing typed is lost by a slip -------------------------------------------------------------------

for (const form of document.querySelectorAll("[data-editor], [data-watch]")) {
  let unsaved = form.hasAttribute("data-unsaved");
  form.addEventListener("input", () => (unsaved = true));
  form.addEventListener("submit", () => (unsaved = false));
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
