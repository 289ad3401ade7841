// The figures of a map as a table, in the order of their places; sortable; a part of it at a time.

import { NO_CELL, OUTSIDE } from "./codec.js";

const AT_ONCE = 150; // rows drawn before somebody asks for all

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export { element };

// Rows to show: [{ unit, value, parent }] in the order of parents, then names.
export function rowsOf(files, values, parentOf) {
  const rows = [];
  files.forEach((file, at) => {
    file.units.forEach((unit, n) => {
      const value = values[at][n];
      if (value !== OUTSIDE) rows.push({ unit, value, parent: parentOf(unit.code) });
    });
  });
  return rows;
}

function byName(language) {
  const order = new Intl.Collator(language);
  return (a, b) =>
    order.compare(a.parent, b.parent) ||
    (a.unit.number || 0) - (b.unit.number || 0) ||
    order.compare(a.unit[language], b.unit[language]);
}

// Numbers first, the greatest on top; then classes; then the ways to have no figure.
function byFigure(a, b) {
  const group = (value) => (value >= 0 ? 0 : value <= -11 ? 1 : 2);
  return group(a.value) - group(b.value) || (group(a.value) === 1 ? a.value - b.value : b.value - a.value);
}

export class FigureTable {
  constructor(root, onChoose) {
    this.root = root;
    this.onChoose = onChoose;
    this.sort = "place";
    this.all = false;
    this.area = null;
  }

  show(rows, looks, { area, place, above, several, chosen }) {
    if (area !== this.area) this.all = false;
    Object.assign(this, { rows, looks, place, above, several, area, chosen });
    if (!this._refigured()) this.draw();
  }

  // The same places in the same order: only the figures are written anew. Says whether it could.
  _refigured() {
    const { looks, place, rows } = this;
    const language = looks.nepali ? "ne" : "en";
    const spoken = rows.filter((row) => row.value !== NO_CELL);
    const key = JSON.stringify([
      this.area, language, place, this.sort, this.all, rows.length, spoken.map((row) => row.unit.code)]);
    const same = key === this.key && this.sort === "place";
    this.key = key;
    if (!same) return false;
    const known = new Map(spoken.map((row) => [row.unit.code, row]));
    for (const line of this.root.querySelectorAll("tr[data-unit]")) {
      const { unit, value } = known.get(line.dataset.unit);
      line.lastChild.textContent = looks.said(unit, value, this.above);
      line.className = this._kind(unit, value);
    }
    this.root.querySelector("caption").textContent = `${looks.heading()}, ${looks.scene.period}`;
    this.root.querySelector("thead th:last-child button").textContent = looks.heading();
    this.root.setAttribute("aria-label", looks.heading());
    return true;
  }

  draw() {
    const { looks, rows } = this;
    const language = looks.nepali ? "ne" : "en";
    const spoken = rows.filter((row) => row.value !== NO_CELL).sort(byName(language));
    if (this.sort === "figure") spoken.sort(byFigure);
    const shown = this.all ? spoken : spoken.slice(0, AT_ONCE);
    const head = element("tr", {},
      this._header("place", this.place), this._header("figure", looks.heading()));
    const body = element("tbody");
    for (const row of shown) body.append(this._row(row, language));
    const others = rows.length - spoken.length;
    if (others) {
      const said = looks.words.others.replace("{count}", looks.digits(others));
      body.append(element("tr", { class: "no_cell" }, element("td", { colspan: 2 }, said)));
    }
    const parts = [element("table", {},
      element("caption", { class: "sima-unseen" }, `${looks.heading()}, ${looks.scene.period}`),
      element("thead", {}, head), body)];
    if (shown.length < spoken.length) {
      const more = element("button", { type: "button", class: "sima-more" },
        looks.words.show_all.replace("{count}", looks.digits(spoken.length)));
      more.addEventListener("click", () => {
        this.all = true;
        this.draw();
      });
      parts.push(more);
    }
    const left = this.root.scrollTop;
    const within = this.root.contains(document.activeElement);
    const focus = within ? document.activeElement.dataset.focus : null;
    this.root.replaceChildren(...parts);
    this.root.scrollTop = left;
    this.root.setAttribute("aria-label", looks.heading());
    if (focus) this.root.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: true });
  }

  _header(kind, text) {
    const chosen = this.sort === kind;
    const button = element("button", { type: "button", "data-focus": `sort-${kind}` }, text);
    button.addEventListener("click", () => {
      this.sort = kind;
      this.draw();
    });
    const order = kind === "place" ? "ascending" : "descending";
    return element("th", { scope: "col", "aria-sort": chosen ? order : "none" }, button);
  }

  _row({ unit, value, parent }, language) {
    const { looks } = this;
    const button = element("button", { type: "button", "data-focus": unit.code }, unit[language]);
    button.addEventListener("click", () => this.onChoose(unit.code));
    const name = element("th", { scope: "row" }, button);
    if (this.several && parent) name.append(element("small", {}, parent));
    const figure = element("td", {}, looks.said(unit, value, this.above));
    return element("tr", { class: this._kind(unit, value), "data-unit": unit.code }, name, figure);
  }

  _kind(unit, value) {
    const kind = value >= 0 || value <= -11 ? "figure" : "none";
    return unit.code === this.chosen ? `${kind} chosen` : kind;
  }

  choose(code) {
    this.chosen = code;
    for (const row of this.root.querySelectorAll("tr[data-unit]")) {
      row.classList.toggle("chosen", row.dataset.unit === code);
    }
  }
}
