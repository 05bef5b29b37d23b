// Making elements without ever parsing text as HTML.

const SVG = "http://www.w3.org/2000/svg";
const LINK = /https?:\/\/[^\s<>"'“”‘’「」『』（）《》【】，。；！？、]+/gi;
const AFTER_LINK = /[.,;:!?)\]}]+$/; // belongs to the sentence, not to the link

const ICONS = {
  // A seedling in a speech bubble.
  mark: [
    "M12 3C6.5 3 2.5 6.7 2.5 11.3c0 2.5 1.2 4.7 3.1 6.2L5 21.5l4.3-2.2c.9.2 1.8.3 2.7.3 5.5 0 9.5-3.7 9.5-8.3S17.5 3 12 3Z",
    "M12 15.5v-4M12 11.5c0-2.2-1.5-3.7-4-3.8 0 2.4 1.5 3.8 4 3.8ZM12 10.3c0-1.9 1.3-3.2 3.7-3.3 0 2.1-1.3 3.3-3.7 3.3Z",
  ],
  close: ["M6 6l12 12M18 6L6 18"],
  send: ["M12 19V5M5.5 11.5L12 5l6.5 6.5"],
  file: ["M13.5 3H7a1.5 1.5 0 0 0-1.5 1.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V8ZM13.5 3v5h5M9 13h6M9 16.5h4"],
  down: ["M12 5v14M5.5 12.5L12 19l6.5-6.5"],
};

// h("button.send", { type: "button", onclick: f }, child, …): attributes, event handlers, text or elements.
function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const outline of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", outline);
    svg.append(path);
  }
  return svg;
}

// The text as nodes, with its http and https addresses as links.
function linked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(AFTER_LINK, "");
    if (!isAddress(address)) continue;
    nodes.push(text.slice(end, match.index));
    nodes.push(h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address));
    end = match.index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

// A file of a message: a picture where it can be shown, or else a link by its name, with its size.
function attached({ url, name, mime, size }) {
  const address = new URL(url, SERVER).href; // ours are told as seen from the root of the server
  const shown = name || address;
  const link = h("a.file", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" });
  const named = () => {
    link.classList.add("named");
    link.replaceChildren(icon("file"), h("span.name", {}, shown), h("span.size", {}, inWords(size)));
  };
  if (/^image\/(png|jpe?g|gif|webp|avif)$/i.test(mime)) {
    const picture = h("img", { src: address, alt: shown, loading: "lazy", referrerpolicy: "no-referrer" });
    picture.addEventListener("error", named); // gone, or barred by the page's policy
    link.replaceChildren(picture);
  } else named();
  return link;
}

function inWords(size) {
  if (!size) return "";
  return size >= 1e6 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.max(Math.floor(size / 1000), 1)} kB`;
}

function isAddress(text) {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}
