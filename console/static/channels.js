// A new token is copied by a button; without this it is selected and copied as any text.

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // not allowed here: it is selected, to be copied by hand
    }
    button.textContent = button.dataset.copied;
  });
}
