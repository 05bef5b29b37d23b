// What may be said next: in the dialog that stands ready for it, and from there into the field.
import { ask, explain, words } from "./part.js";

export async function showSuggestions(sheet, address) {
  try {
    const response = await ask(address);
    if (!response.ok) return sheet.tell(await explain(response));
    const panel = sheet.root.querySelector("#suggestions");
    panel.innerHTML = await response.text(); // the server's own page part, escaped there
    if (!panel.isConnected) return; // another ticket is looked at by now
    panel.showPopover();
    panel.querySelector("button")?.focus();
  } catch {
    sheet.tell(words.sendFailed);
  }
}

/** Put a suggested text where the agent is writing; it is not sent yet. */
export function useSuggestion(sheet, text) {
  sheet.root.querySelector("#suggestions").hidePopover();
  sheet.choose("customer");
  sheet.field.focus();
  document.execCommand("insertText", false, text); // the one way that can be undone
}
