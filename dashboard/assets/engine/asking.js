// The questions above a map: lists and sliders of the browser's own, which every keyboard and phone knows.

import { element } from "./table.js";

const FIRST = 3; // what, when, where; the others stand behind "more" on a narrow screen
const NARROW = window.matchMedia("(max-width: 700px)");

let made = 0;

export class Questions {
  // onChoose(name, value): something was chosen.
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.boxes = new Map();
    this.first = element("div", { class: "first" });
    this.summary = element("summary");
    this.rest = element("div", { class: "rest" });
    this.more = element("details", { class: "more" }, this.summary, this.rest);
    this.root = element("form", { class: "sima-questions", hidden: "" }, this.first, this.more);
    this.root.addEventListener("submit", (event) => event.preventDefault());
    const open = () => this.more.toggleAttribute("open", !NARROW.matches);
    NARROW.addEventListener("change", open);
    open();
  }

  // asked: [[name, value, options, form]]; of the form "slider" for what lies in a row, "only" where
  // no other places are offered. A list that is there already stays, and keeps its focus.
  show(asked, words) {
    this.root.hidden = !asked.length;
    this.summary.textContent = words.more;
    const names = new Set(asked.map(([name]) => name));
    for (const [name, { whole }] of this.boxes) whole.hidden = !names.has(name);
    asked.forEach(([name, value, options, form], at) => {
      const box = form === "slider" ? this._slider(name) : this._box(name);
      const place = at < FIRST ? this.first : this.rest;
      if (box.whole.parentNode !== place) place.append(box.whole);
      box.text.textContent = words.labels[name];
      if (form === "slider") {
        box.slide(value, options);
        return;
      }
      const key = JSON.stringify([options, form, words.labels[name]]);
      if (box.key !== key) {
        box.key = key;
        box.select.replaceChildren(...this._options(name, options, words, form));
      }
      box.select.value = value;
      box.select.title = box.select.selectedOptions[0]?.textContent || "";
    });
    this.more.hidden = asked.length <= FIRST;
  }

  _box(name) {
    if (!this.boxes.has(name)) {
      const id = `sima-ask-${(made += 1)}`;
      const text = element("label", { for: id });
      const select = element("select", { name, id, autocomplete: "off" });
      const whole = element("div", { class: `asked ${name}` }, text, select);
      select.addEventListener("change", () => this.onChoose(name, select.value));
      this.boxes.set(name, { whole, text, select, key: "" });
    }
    return this.boxes.get(name);
  }

  // What lies in a row, the oldest first: it says where it stands while it is moved, and asks once let go of.
  _slider(name) {
    if (this.boxes.has(name)) return this.boxes.get(name);
    const id = `sima-ask-${(made += 1)}`;
    const text = element("label", { for: id });
    const said = element("output", { for: id });
    const range = element("input", { type: "range", name, id, min: 0, step: 1, autocomplete: "off" });
    const whole = element("div", { class: `asked slider ${name}` }, text, said, range);
    const box = { whole, text, range, options: [] };
    const tell = () => {
      const [, label] = box.options[range.value];
      said.textContent = label;
      range.setAttribute("aria-valuetext", label);
    };
    box.slide = (value, options) => {
      box.options = options;
      range.max = options.length - 1;
      range.disabled = options.length < 2;
      range.value = options.findIndex(([code]) => code === value);
      tell();
    };
    range.addEventListener("input", tell);
    range.addEventListener("change", () => this.onChoose(name, box.options[range.value][0]));
    this.boxes.set(name, box);
    return box;
  }

  _options(name, options, words, form) {
    const option = ([code, text]) => element("option", { value: code }, text);
    const given = options.map((each) => (Array.isArray(each) ? each : [each, words.options[name][each]]));
    if (name !== "area" || form === "only") return given.map(option);
    const groups = words.areas.map(([group, areas]) => (
      group ? element("optgroup", { label: group }, ...areas.map(option)) : areas.map(option)));
    return [...given.map(option), ...groups.flat()];
  }
}
