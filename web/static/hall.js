// What can a script add? Buttons that print and copy, and a menu that closes when one presses Escape or elsewhere.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const link = document.getElementById(button.dataset.copy);
    link.select();
    await navigator.clipboard.writeText(link.value);
    button.textContent = button.dataset.done;
  });
}
const menu = document.querySelector("details.menu");
addEventListener("click", (event) => menu.contains(event.target) || menu.removeAttribute("open"));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.firstElementChild.focus();
});
