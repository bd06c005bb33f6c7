// What can a script add? A print button, and a menu that closes when one presses Escape or elsewhere.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
const menu = document.querySelector("details.menu");
addEventListener("click", (event) => menu.contains(event.target) || menu.removeAttribute("open"));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.firstElementChild.focus();
});
