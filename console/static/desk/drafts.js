// What is half written: of each ticket, for this agent only. It outlasts a reload, and goes when it is sent or the agent signs out.
const MINE = `draft ${document.body.dataset.agent} `;

for (const key of Object.keys(sessionStorage)) {
  if (key.startsWith("draft ") && !key.startsWith(MINE)) sessionStorage.removeItem(key); // another agent's
}

export function keepDraft(ticket, draft) {
  if (draft.text) sessionStorage.setItem(MINE + ticket, JSON.stringify(draft));
  else sessionStorage.removeItem(MINE + ticket);
}

/** What was written, `{text, to}`, or nothing. */
export function findDraft(ticket) {
  return JSON.parse(sessionStorage.getItem(MINE + ticket) ?? "null");
}
