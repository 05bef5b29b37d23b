// Bring a part of the page up to what the server sends now, touching only what differs.
//
// Elements with data-key are kept, replaced, moved or removed as a whole; those with data-group besides
// hold such elements and are gone into. What is kept keeps its focus, its selection and what is typed in it.
// A dialog that is open is brought up to date when it is closed.

const source = new WeakMap(); // element -> its HTML as the server sent it

/** Remember an element and the keyed ones in it as the server sent them. Call it before changing them. */
export function remember(root) {
  for (const element of root.querySelectorAll("[data-key]")) source.set(element, element.outerHTML);
}

/** Make `root`'s content that of `html`; returns the elements that are new. */
export function update(root, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = document.importNode(template.content, true);
  remember(fresh);
  const focused = document.activeElement?.closest("[data-key]");
  const added = [];
  patch(root, fresh, added);
  if (focused && !focused.isConnected) {
    const again = root.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]`);
    const control = again?.matches("a, summary") ? again : again?.querySelector("a, button, summary");
    control?.focus({ preventScroll: true });
  }
  return added;
}

function patch(root, fresh, added) {
  const wanted = new Set([...fresh.children].map((child) => child.dataset.key));
  const have = new Map();
  for (const child of [...root.children]) {
    if (wanted.has(child.dataset.key)) have.set(child.dataset.key, child);
    else child.remove();
  }
  let at = root.firstElementChild;
  for (const next of [...fresh.children]) {
    let element = have.get(next.dataset.key);
    if (!element) {
      element = next;
      added.push(element);
    } else if (element.hasAttribute("data-group")) {
      patch(element, next, added);
    } else if (source.get(element) !== source.get(next) && !element.matches(":popover-open")) {
      if (next.matches("details")) next.open = element.open;
      if (element === at) at = next;
      element.replaceWith(next);
      element = next;
    }
    if (element === at) at = at.nextElementSibling;
    else root.insertBefore(element, at);
  }
}
