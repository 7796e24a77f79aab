"use strict";
{% include "marks.js" %}
(() => {
  const texts = all(".text");

  // ---- filter: what belongs to a type that is not pressed is off ----
  const buttons = all("[data-filter]");
  const countShown = () => {
    const items = all(".item").length;
    const shown = items - all(".item.off").length;
    all(".shown").forEach((note) => { note.textContent = `${shown} of ${items} items shown`; });
  };
  const press = (button, pressed) => {
    button.setAttribute("aria-pressed", String(pressed));
    all(`[data-k="${button.dataset.filter}"]`).forEach((each) => each.classList.toggle("off", !pressed));
  };
  const filtered = () => {
    hide();
    texts.forEach(oneTabStop);
    countShown();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.filter) { press(button, button.getAttribute("aria-pressed") !== "true"); filtered(); }
    if (button?.dataset.all) { buttons.forEach((each) => press(each, button.dataset.all === "true")); filtered(); }
  });

  texts.forEach(oneTabStop);
  countShown();
})();
