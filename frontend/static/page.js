// Adds copy buttons. Everything else works without this file.
for (const box of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + (box.getAttribute("aria-label") || box.dataset.copy || "text"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(box.dataset.copy || box.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  box.after(button);
}
