// Parts of the page that can be read again, and how the server is asked.
import { remember } from "../patch.js";

export const PATIENCE = 15_000; // ms that an answer may take

export const words = document.body.dataset;
export const offline = document.getElementById("offline");
export const signedOut = document.getElementById("signed-out");

document.body.classList.add("scripted");

/** A part of the page, at `source()`. Readings of one never overtake each other. */
export class Part {
  constructor(root, show, source = () => root.dataset.source) {
    this.root = root;
    this.show = show;
    this.source = source;
    this.running = null;
    this.again = false;
    remember(root);
  }

  refresh() {
    if (this.running) this.again = true;
    else this.running = this.read().finally(() => (this.running = null));
    return this.running;
  }

  async read() {
    do {
      this.again = false;
      try {
        const response = await ask(this.source());
        if (response.ok) this.show(await response.text());
      } catch {
        offline.hidden = false; // the stream says when the server is back
      }
    } while (this.again);
  }
}

/** Fetch something; says so when we are signed out. Rejects when the server is not there. */
export async function ask(address, options = {}) {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE), ...options });
  signedOut.hidden = response.status !== 401;
  return response;
}

/** What a refusal says. */
export async function explain(response) {
  const told = await response.json().catch(() => ({}));
  return typeof told.detail === "string" ? told.detail : words.sendFailed;
}
