// The files of replies: chosen, dropped or pasted. They are kept here, by ticket, until the reply is sent off or the ticket closed.

const boxes = new Map(); // ticket -> its files: picked, and those on their way as lists

function boxOf(form) {
  const { ticket } = form.closest("[data-ticket]").dataset;
  if (!boxes.has(ticket)) boxes.set(ticket, { picked: [], sending: [] });
  return boxes.get(ticket);
}

export function dropFiles(ticket) {
  boxes.delete(ticket);
}

/** The files that go with what is sent off now; they are shown as on their way until they are settled. */
export function takeFiles(form) {
  const box = boxOf(form);
  const files = box.picked;
  box.sending.push(files);
  box.picked = [];
  showFiles(form);
  return files;
}

/** They have arrived, or else come back to be sent again. */
export function settleFiles(form, files, arrived) {
  const box = boxOf(form);
  box.sending = box.sending.filter((each) => each !== files);
  if (!arrived) box.picked = [...files, ...box.picked];
  showFiles(form);
}

/** Add files, as far as they fit; returns in words what did not. */
export function addFiles(form, files) {
  const { mostBytes, mostFiles, tooLarge, tooMany } = form.querySelector("[data-picked]").dataset;
  const { picked } = boxOf(form);
  let problem = "";
  for (const file of files) {
    const size = [...picked, file].reduce((sum, each) => sum + each.size, 0);
    if (size > Number(mostBytes)) problem = tooLarge.replace("{file}", file.name);
    else if (picked.length === Number(mostFiles)) problem = tooMany.replace("{file}", file.name);
    else picked.push(file);
  }
  showFiles(form);
  return problem;
}

/** Draw what was picked, in a form that may be new. */
export function showFiles(form) {
  const list = form.querySelector("[data-picked]");
  if (!list) return; // who cannot reply cannot send files
  const { picked, sending } = boxOf(form);
  list.replaceChildren(
    ...sending.flat().map((file) => chip(file, list)),
    ...picked.map((file) => chip(file, list, form)),
  );
  list.hidden = !list.children.length;
}

function chip(file, list, form) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = file.name;
  const size = document.createElement("span");
  size.className = "plain";
  size.textContent = inWords(file.size);
  item.append(name, size);
  if (!form) {
    item.setAttribute("aria-busy", "true");
    return item;
  }
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "×";
  remove.title = list.dataset.remove.replace("{file}", file.name);
  remove.setAttribute("aria-label", remove.title);
  remove.addEventListener("click", () => {
    const box = boxOf(form);
    box.picked = box.picked.filter((each) => each !== file);
    showFiles(form);
    form.elements.text.focus();
  });
  item.append(remove);
  return item;
}

function inWords(size) {
  return size >= 1e6 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.max(Math.floor(size / 1000), 1)} kB`;
}

/** Whether something with files is dragged. */
export function carriesFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}
