// Marks in texts, and rows of items that link to them: one tab stop a text and then the arrow keys, what belongs together
// lights up. A page may replace its articles; their marks are `.m[id]` in a `.text`, their rows `.row`.
const { all, hide, oneTabStop } = (() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const tip = document.getElementById("tip");
  let pinned = [];
  let closing = 0;

  // ---- keyboard: one stop a text, then the arrow keys ----
  const stops = (text) => all(".m[id]:not(.off)", text);
  const oneTabStop = (text) => {
    all(".m[id]", text).forEach((mark) => mark.setAttribute("tabindex", "-1"));
    stops(text)[0]?.setAttribute("tabindex", "0");
  };
  const goTo = (mark, text) => {
    all('.m[tabindex="0"]', text).forEach((each) => each.setAttribute("tabindex", "-1"));
    mark.setAttribute("tabindex", "0");
    mark.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { pinned = []; hide(); return; }
    const mark = event.target.closest?.(".m[id]");
    if (!mark || event.altKey || event.ctrlKey || event.metaKey) return;
    const text = mark.closest(".text");
    const marks = stops(text);
    const onwards = getComputedStyle(text).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const place = marks.indexOf(mark);
    const next = { ArrowLeft: place - 1, ArrowRight: place - 1, [onwards]: place + 1, Home: 0, End: marks.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (marks[next]) goTo(marks[next], text);
  });

  // ---- what belongs together ----
  const rowsOf = (id) =>
    all(`.row:not(.off) a[href="#${id}"]`, document.getElementById(id).closest("article")).map((link) => link.closest(".row"));
  const marksOf = (row) => all("a[href^='#m']", row).map((link) => link.hash.slice(1));
  const light = (ids, rows) => {
    all(".hot").forEach((each) => each.classList.remove("hot"));
    ids.forEach((id) => all(`.m[data-m="${id}"]:not(.off)`).forEach((mark) => mark.classList.add("hot")));
    rows.forEach((row) => row.classList.add("hot"));
  };
  const covering = (target) => {
    const marks = [];
    for (let mark = target.closest?.(".m:not(.off)"); mark; mark = mark.parentElement.closest(".m:not(.off)")) marks.push(mark);
    return marks;
  };
  const show = (marks, x, y) => {
    clearTimeout(closing);
    const ids = [...new Set(marks.map((mark) => mark.dataset.m))];
    const rows = ids.flatMap(rowsOf);
    light([...ids, ...rows.flatMap(marksOf)], rows);
    tip.textContent = ids.map((id) => document.getElementById(id).getAttribute("aria-description")).join("\n");
    tip.hidden = false;
    const lines = [...marks[0].getClientRects()];
    const line = lines.find((each) => y >= each.top - 4 && y <= each.bottom + 4) ?? lines[0];
    const left = Math.min(x ?? line.left, innerWidth - tip.offsetWidth - 8);
    const below = line.bottom + 6 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${below ? line.bottom + 4 : Math.max(4, line.top - tip.offsetHeight - 4)}px`;
  };
  const hide = () => {
    clearTimeout(closing);
    tip.hidden = true;
    light(pinned, []);
  };
  const hideSoon = () => { clearTimeout(closing); closing = setTimeout(hide, 200); };

  document.addEventListener("mouseover", (event) => {
    if (event.target === tip) { clearTimeout(closing); return; }
    const marks = covering(event.target);
    const row = event.target.closest?.(".row");
    if (marks.length) show(marks, event.clientX, event.clientY);
    else if (row) { hide(); light(marksOf(row), [row]); }
    else hideSoon();
  });
  document.addEventListener("focusin", (event) => {
    const marks = covering(event.target);
    const row = event.target.closest?.(".row");
    if (marks.length) show(marks);
    else if (row) light(marksOf(row), [row]);
  });
  document.addEventListener("focusout", hideSoon);
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  document.addEventListener("click", (event) => {
    if (event.target.closest("button")) return;
    const link = event.target.closest(".row a");
    pinned = link ? marksOf(link.closest(".row")) : [];
    if (!link) return;
    event.preventDefault(); // in a frame of a notebook an anchor would lead elsewhere
    const mark = document.getElementById(link.hash.slice(1));
    mark.scrollIntoView({ block: "center" });
    goTo(mark, mark.closest(".text"));
  });

  return { all, hide, oneTabStop };
})();
