// The rows of the report: filtered in memory, a page of them shown at a time. All texts are set as text, never as HTML.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data");
  const classes = read("classes").map(([name, title, sign, meaning]) => ({ name, title, sign, meaning }));
  const bit = Object.fromEntries(classes.map(({ name }, place) => [name, 1 << place]));
  const ALL = -1, PAGE = 20, LONGEST_LABEL = 32;
  const OFF_SCHEMA = 1, NOT_IN_TEXT = 2;
  const STATUS = { v: "valid", r: "repaired", i: "invalid" };
  const choices = Object.fromEntries(["system", "source", "task", "type", "class"].map((id) => [id, document.getElementById(id)]));
  const list = document.getElementById("list");
  const pager = document.querySelector(".pager");
  const [ID, NAMES, GOLD] = [0, 1, 2];
  const count = (number) => number.toLocaleString("en");

  // ---- a category or column is the place of its name's number among those of its row ----
  data.rows.forEach(([, names, gold], row) => {
    const resolve = (line) => line.forEach((each, at) => { if (typeof each === "number") line[at] = names[each]; });
    gold.forEach(resolve);
    data.answers.forEach((answers) => {
      const [, , pairs, table = []] = answers[row];
      table.forEach(resolve);
      pairs.forEach(([, , predicted]) => { if (predicted) resolve(predicted); });
    });
  });

  // ---- what a row has: for each type the classes of its items, as bits ----
  const entries = data.answers.map((answers) => answers.map(([, status, pairs, , cells = []], row) => {
    const masks = new Map();
    let any = status === "i" ? bit.invalid : 0;
    new Set(cells.join("")).forEach((kind) => { any |= 1 << kind; });
    const add = (part, mask) => { if (part && typeof part[0] === "number") masks.set(part[0], (masks.get(part[0]) ?? 0) | mask); };
    for (const [kind, gold, predicted, flags = 0] of pairs) {
      const mask = (1 << kind) | (flags & OFF_SCHEMA && bit.off_schema) | (flags & NOT_IN_TEXT && bit.not_in_text);
      any |= mask;
      if (gold >= 0) add(data.rows[row][GOLD][gold], mask);
      add(predicted, mask);
    }
    if (status === "i") masks.forEach((mask, type) => masks.set(type, mask | bit.invalid));
    return { any, masks };
  }));

  // ---- filter: the rows that match, and for each choice how many would with the other filters as they are ----
  const tallied = () => Object.fromEntries(Object.keys(choices).map((id) => [id, new Map()]));
  const add = (tally, key) => tally.set(key, (tally.get(key) ?? 0) + 1);
  const filter = () => {
    const chosen = Object.fromEntries(Object.entries(choices).map(([id, { value }]) => [id, value === "" ? ALL : Number(value)]));
    const systems = chosen.system === ALL ? data.systems.map((_, place) => place) : [chosen.system];
    const tallies = tallied();
    const rows = [];
    const maskOf = ({ any, masks }) => (chosen.type === ALL ? any : masks.get(chosen.type) ?? 0);
    const ofClass = (mask) => chosen.class === ALL || (mask & chosen.class) !== 0;
    const matches = (entry) => (chosen.type === ALL || entry.masks.has(chosen.type)) && ofClass(maskOf(entry));
    data.rows.forEach(([, [rowSource, rowTask]], place) => {
      const source = chosen.source === ALL || rowSource === chosen.source;
      const task = chosen.task === ALL || rowTask === chosen.task;
      if (!source && !task) return;
      const shown = systems.some((system) => matches(entries[system][place]));
      if (task && shown) add(tallies.source, rowSource);
      if (source && shown) add(tallies.task, rowTask);
      if (!source || !task) return;
      if (shown) rows.push(place);
      entries.forEach((answers, system) => { if (matches(answers[place])) add(tallies.system, system); });
      let union = 0;
      const types = new Set();
      for (const system of systems) {
        const entry = entries[system][place];
        union |= maskOf(entry);
        entry.masks.forEach((mask, type) => { if (ofClass(mask)) types.add(type); });
      }
      types.forEach((type) => add(tallies.type, type));
      [...classes.map(({ name }) => bit[name]), ERRORS].forEach((mask) => { if (union & mask) add(tallies.class, mask); });
    });
    return { rows, tallies, systems };
  };
  const ERRORS = classes.reduce((mask, { name }) => mask | bit[name], 0) & ~bit.correct;

  // ---- the choices ----
  const options = {
    system: data.systems.map((name, place) => [place, name]),
    source: data.sources.map((name, place) => [place, name]),
    task: data.tasks.map((name, place) => [place, `${name}: ${data.titles[place]}`]),
    type: data.types.map((name, place) => [place, name]).sort((one, other) => one[1].localeCompare(other[1])),
    class: [[ERRORS, "any error"], ...classes.map(({ name, title, sign }) => [bit[name], `${sign} ${title}`])],
  };
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  };
  const nothingChosen = { system: "all systems", source: "all sources", task: "all tasks", type: "all types", class: "all rows" };
  Object.entries(choices).forEach(([id, select]) => {
    select.append(make("option", { value: "" }, nothingChosen[id]));
    options[id].forEach(([value, name]) => select.append(make("option", { value, "data-name": name })));
  });
  const countChoices = (tallies) => Object.entries(choices).forEach(([id, select]) => {
    all("option[data-name]", select).forEach((option) => {
      const number = tallies[id].get(Number(option.value)) ?? 0;
      option.textContent = `${option.dataset.name} (${count(number)})`;
      option.hidden = option.disabled = number === 0 && !option.selected;
    });
  });

  // ---- a text with marks: one that crosses another is cut there ----
  const markedText = (text, marks) => {
    const block = make("div");
    const borders = [...new Set([0, text.length, ...marks.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
    let open = [];
    let deepest = 0;
    const begin = (mark, continued) => {
      const element = make("mark", { class: `m k${mark.kind}${mark.gold ? " b1" : ""}${continued ? " rest" : ""}`, "data-m": mark.id, "data-k": mark.kind });
      if (!continued) Object.entries({ id: mark.id, tabindex: -1, "aria-description": mark.descriptions.join("\n") }).forEach((each) => element.setAttribute(...each));
      (open.at(-1)?.element ?? block).append(element);
      open.push({ mark, element, height: 0 });
    };
    const close = (border) => {
      const { mark, element, height } = open.pop();
      element.classList.add(`d${Math.min(height, 8)}`);
      if (mark.end > border) element.classList.add("more");
      else element.dataset.label = mark.label.length <= LONGEST_LABEL ? mark.label : `${mark.label.slice(0, LONGEST_LABEL - 1)}…`;
      if (open.length) open.at(-1).height = Math.max(open.at(-1).height, height + 1);
      return mark;
    };
    borders.forEach((border, place) => {
      const first = open.findIndex(({ mark }) => mark.end === border);
      const cut = [];
      while (first >= 0 && open.length > first) cut.unshift(close(border));
      cut.filter(({ end }) => end > border).forEach((mark) => begin(mark, true));
      marks.filter(({ start }) => start === border).sort((one, other) => other.end - one.end).forEach((mark) => begin(mark, false));
      deepest = Math.max(deepest, open.length);
      (open.at(-1)?.element ?? block).append(text.slice(border, borders[place + 1] ?? text.length));
    });
    return make("div", { class: `text n${Math.min(deepest, 8)}`, dir: "auto", lang: "" }, block);
  };

  // ---- one answer: its text with marks, its items, and the answer as text: of a file of extractions, as the row's format writes them ----
  const wordsOf = (mention, text) => (typeof mention === "string" ? mention : text.slice(...mention));
  const categoryOf = ([category]) => (typeof category === "number" ? data.types[category] : category);
  const labelsOf = (part) => {
    const category = categoryOf(part);
    const mentions = part.slice(1);
    if (category === "") return mentions.map((_, place) => ["predicate", "subject", "object"][place] ?? "argument");
    return mentions.length === 2 ? [`${category} →`, `→ ${category}`] : mentions.map(() => category);
  };
  const sidesOf = ([kind, gold, predicted], row) => ({
    gold: gold >= 0 ? data.rows[row][GOLD][gold] : null,
    predicted: kind === 0 ? null : predicted || null,
  });
  const describe = (kind, side, part, text, other) => {
    const words = `${classes[kind].title}: ${side} ${part.slice(1).map((mention) => `“${wordsOf(mention, text)}”`).join(", ")} ${categoryOf(part)}`;
    return other ? `${words}; gold ${categoryOf(other)}` : words;
  };
  const marksOf = (pairs, row, text, prefix) => {
    const marks = new Map();
    const markPart = (kind, side, part, other) => part.slice(1).forEach((mention, place) => {
      if (typeof mention === "string" || mention[0] === mention[1]) return;
      const label = `${classes[kind].sign} ${labelsOf(part)[place]}${other ? `, gold ${categoryOf(other)}` : ""}`;
      const key = JSON.stringify([mention, kind, side, label]);
      const mark = marks.get(key) ?? { start: mention[0], end: mention[1], kind, gold: side === "gold", label, id: `${prefix}-${marks.size}`, descriptions: [] };
      marks.set(key, mark);
      const description = describe(kind, side, part, text, other);
      if (!mark.descriptions.includes(description)) mark.descriptions.push(description);
      part.marks ??= {};
      part.marks[place] = mark.id;
    });
    pairs.forEach((pair) => {
      const [kind] = pair;
      const { gold, predicted } = sidesOf(pair, row);
      if (gold) gold.marks = {};
      if (predicted) predicted.marks = {};
      if (kind === 1) markPart(kind, "predicted", predicted, gold);
      else {
        if (gold) markPart(kind, kind === 0 ? "predicted and gold" : "gold", gold);
        if (predicted) markPart(kind, "predicted", predicted);
      }
    });
    return [...marks.values()];
  };
  const partOf = (part, text) => {
    const mentions = part.slice(1).map((mention, place) => {
      const words = wordsOf(mention, text);
      const target = part.marks?.[place];
      return target ? make("a", { href: `#${target}`, dir: "auto", lang: "" }, words) : make("span", { dir: "auto", lang: "" }, words || "(empty)");
    });
    const category = make("bdi", { class: "role" }, categoryOf(part));
    if (mentions.length === 2 && categoryOf(part) !== "") return [mentions[0], " ", category, " → ", mentions[1]];
    return [...mentions.flatMap((each, place) => (place ? [" · ", each] : [each])), " ", category];
  };
  const itemOf = (pair, row, text) => {
    const [kind, , , flags = 0] = pair;
    const { sign, title, meaning } = classes[kind];
    const { gold, predicted } = sidesOf(pair, row);
    const line = make("li", { class: `row k${kind}` }, make("b", { class: "type", title: meaning }, `${sign} ${title}`));
    const side = (name, part) => { if (part) line.append(make("span", {}, ...(gold && predicted ? [make("span", { class: "side" }, `${name} `)] : []), ...partOf(part, text))); };
    side("gold", gold);
    side("predicted", predicted);
    if (flags & OFF_SCHEMA) line.append(make("span", { class: "flag" }, classes[6].title));
    if (flags & NOT_IN_TEXT) line.append(make("span", { class: "flag" }, classes[7].title));
    return line;
  };
  const tableOf = ([header, ...lines], kinds, side, prefix) => {
    const columns = header.map((column) => data.columns[column]);
    let place = 0;
    const cellOf = (cell, column) => {
      if (cell === "") return make("td");
      const id = `${prefix}-${side}-${place}`;
      const kind = Number(kinds[place++]);
      const { title, sign } = classes[kind];
      return make("td", { dir: "auto", lang: "" }, make("mark", {
        id, class: `m k${kind}${side === "gold" && kind ? " b1" : ""}`, "data-m": id, "data-k": kind, "data-label": sign, tabindex: -1,
        "aria-description": `${title}: ${side} “${cell}” ${columns[column]}`,
      }, cell));
    };
    return make("div", { class: "table text", role: "region", tabindex: 0, "aria-label": `${side} table` }, make("table", {},
      make("caption", {}, side),
      make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col", dir: "auto", lang: "" }, name)))),
      make("tbody", {}, ...lines.map((cells) => make("tr", {}, ...cells.map(cellOf))))));
  };
  const tablesOf = (gold, predicted, kinds, prefix) => make("div", { class: "tables" }, ...["gold", "predicted"].map((side, place) => {
    const table = [gold, predicted][place];
    return table.length ? tableOf(table, kinds[place], side, prefix) : make("p", { class: "meta" }, `No ${side} table.`);
  }));
  const answerOf = (system, row, text) => {
    const [output, status, pairs, table, cells] = data.answers[system][row];
    const kinds = table ? [...(cells[0] + cells[1].replace(/[^4]/g, ""))].map(Number) : pairs.map(([kind]) => kind);
    const tally = classes.map(({ title }, kind) => [title, kinds.filter((each) => each === kind).length]).filter(([, number]) => number);
    const summary = tally.map(([title, number]) => `${count(number)} ${title}`).join(", ");
    const block = make("div", { class: "answer" });
    if (data.systems.length > 1 || status !== "v") {
      block.append(make("h4", {}, ...(data.systems.length > 1 ? [data.systems[system]] : []), make("span", { class: `status ${STATUS[status]}` }, STATUS[status])));
    }
    const prefix = `m${row}-${system}`;
    block.append(table ? tablesOf(data.rows[row][GOLD], table, cells, prefix) : markedText(text, marksOf(pairs, row, text, prefix)));
    if (table) block.append(make("p", { class: "meta" }, `Cells: ${summary || "none"}`));
    else if (pairs.length) {
      block.append(make("details", state.systems.length > 1 ? {} : { open: "" }, make("summary", {}, `Items: ${summary}`), make("ul", { class: "rows" }, ...pairs.map((pair) => itemOf(pair, row, text)))));
    } else block.append(make("p", { class: "meta" }, "No items, neither gold nor predicted."));
    const written = make("details", {}, make("summary", {}, "Answer as text"), make("div", { class: "raw", dir: "auto", lang: "" }, output || "(empty)"));
    written.open = status === "i";
    block.append(written);
    return block;
  };

  // ---- the list ----
  let state = { rows: [], systems: [] };
  let page = 0;
  const anchor = (row) => `#row=${encodeURIComponent(data.rows[row][ID])}`;
  const article = (row, systems) => {
    const [id, [source, task, text, request]] = data.rows[row];
    const isTable = data.answers[0][row].length > 3;
    return make("article", { id: `t${row}`, "aria-labelledby": `h${row}`, tabindex: -1 },
      make("h3", { id: `h${row}` }, make("a", { href: anchor(row), title: "link to this row" }, id)),
      make("p", { class: "meta" }, `${data.sources[source]} · ${data.titles[task]}`),
      ...(isTable ? [make("p", { class: "request", dir: "auto", lang: "" }, data.texts[request]), markedText(data.texts[text], [])] : []),
      ...systems.map((system) => answerOf(system, row, data.texts[text])));
  };
  const show = () => {
    hide();
    const pages = Math.max(1, Math.ceil(state.rows.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    list.replaceChildren(...state.rows.slice(page * PAGE, (page + 1) * PAGE).map((row) => article(row, state.systems)));
    if (!state.rows.length) list.append(make("p", {}, "No row has all of this."));
    all(".text", list).forEach(oneTabStop);
    pager.hidden = pages === 1;
    document.getElementById("page").textContent = `Page ${count(page + 1)} of ${count(pages)}`;
    all("[data-page]", pager).forEach((button) => { button.disabled = page + Number(button.dataset.page) < 0 || page + Number(button.dataset.page) >= pages; });
  };
  const refresh = () => {
    const { rows, tallies, systems } = filter();
    state = { rows, systems };
    page = 0;
    countChoices(tallies);
    document.querySelector(".shown").textContent = `${count(rows.length)} of ${count(data.rows.length)} rows`;
    show();
  };
  const decoded = (hash) => { try { return decodeURIComponent(hash); } catch { return hash; } };
  const reach = () => {
    if (!location.hash.startsWith("#row=")) return;
    const row = data.rows.findIndex((_, place) => decoded(anchor(place)) === decoded(location.hash));
    if (row < 0) return;
    if (!state.rows.includes(row)) {
      Object.values(choices).forEach((select) => { select.value = ""; });
      refresh();
    }
    page = Math.floor(state.rows.indexOf(row) / PAGE);
    show();
    const element = document.getElementById(`t${row}`);
    element.classList.add("reached");
    element.scrollIntoView();
    element.focus({ preventScroll: true });
  };
  const form = document.querySelector(".filters");
  form.addEventListener("change", refresh);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(refresh));
  pager.addEventListener("click", (event) => {
    const step = event.target.dataset.page;
    if (!step) return;
    page += Number(step);
    show();
    const rows = document.getElementById("rows");
    rows.scrollIntoView();
    rows.focus({ preventScroll: true });
  });
  addEventListener("hashchange", reach);
  refresh();
  reach();
})();
