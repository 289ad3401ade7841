// How a figure looks and what it is called: one place for the map, the legend, the table and pictures.

import { APART, CLASS, HIDDEN, NO_CELL, SILENT } from "./codec.js";

const AMOUNTS = ["#e8f1f4", "#b9d7df", "#7fb4c4", "#3f879e", "#0b5d7a"];
const CLASSES = { none: "#ffffff", lower: "#b9d7df", middle: "#7fb4c4", higher: "#0b5d7a" };
const STEPS = ["#f0e6d6", "#e2cfae", "#d0b382", "#b9955b", "#9c7838", "#835e21", "#6b4a12"];
const TOLD = ["#e6e3dc", "#b35c00"]; // of a hotspot: not different, clearly higher
const DARK = new Set(["#3f879e", "#0b5d7a", "#9c7838", "#835e21", "#6b4a12", "#b35c00"]);
export const GROUND = "#f1eee7"; // where the map has nothing to say; a true zero is white
const WITHOUT = {
  [HIDDEN]: { pattern: "hidden" },
  [SILENT]: { pattern: "silent" },
  [APART]: { pattern: "apart" },
  [NO_CELL]: { fill: GROUND },
};
const DEVANAGARI = "०१२३४५६७८९";
const LAKH = 100000;

const formats = new Map(); // to make one takes longer than to write a thousand numbers with it

function format(locale, decimals) {
  const key = `${locale} ${decimals}`;
  if (!formats.has(key)) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    formats.set(key, new Intl.NumberFormat(locale, digits).format);
  }
  return formats.get(key);
}

function spread(place, classes) {
  return classes < AMOUNTS.length ? AMOUNTS.length - classes + place : place;
}

export class Looks {
  constructor(scene, words) {
    this.scene = scene;
    this.words = words;
    this.nepali = scene.language === "ne";
  }

  digits(text) {
    return this.nepali ? String(text).replace(/[0-9]/g, (digit) => DEVANAGARI[digit]) : String(text);
  }

  number(value) {
    const decimals = this.scene.scale.decimals || 0;
    const shown = value / 10 ** decimals;
    return this.digits(format(this.nepali && shown >= LAKH ? "en-IN" : "en-US", decimals)(shown));
  }

  // Fill or pattern of a unit by its value.
  look(value) {
    if (WITHOUT[value]) return WITHOUT[value];
    if (CLASS[value]) return this._coloured(CLASSES[CLASS[value]]);
    const { kind, edges } = this.scene.scale;
    if (kind === "steps") return this._coloured(STEPS[value]);
    if (kind === "classes") return this._coloured(TOLD[value]);
    if (value === 0) return { fill: "#ffffff" };
    const place = edges.findIndex((edge) => value <= edge);
    return this._coloured(AMOUNTS[spread(place < 0 ? edges.length - 1 : place, edges.length)]);
  }

  _coloured(fill) {
    return { fill, light: DARK.has(fill) };
  }

  // Say a figure in words, whatever it is.
  figure(value) {
    if (value === HIDDEN) return this.words.hidden;
    if (value === SILENT) return this.scene.silent || this.words.silent;
    if (value === APART) return this.words.apart;
    if (value === NO_CELL) return this.words.no_cell;
    if (CLASS[value]) return this.words[CLASS[value]];
    if (this.scene.scale.kind === "steps") {
      return `${this.digits(value)} · ${this.scene.scale.names[value]}`;
    }
    if (this.scene.scale.kind === "classes") return this.scene.scale.names[value];
    return this.number(value);
  }

  // Say a unit's figure; of a hidden one, where a coarser one stands. above: [{ name, value }].
  said(unit, value, above) {
    if (value !== HIDDEN) return this.figure(value);
    const coarser = above(unit.code);
    const text = coarser
      ? this.words.see.replace("{place}", coarser.name).replace("{figure}", this.figure(coarser.value))
      : this.words.no_coarser;
    return `${this.words.hidden} · ${text}`;
  }

  // Lines of the legend, of what the map shows: [{ fill | pattern | mark, text }].
  legend(values) {
    const there = new Set(values.flat());
    const rows = [];
    const { kind, edges, names } = this.scene.scale;
    for (const [code, name] of Object.entries(CLASS)) {
      if (there.has(Number(code))) rows.push({ fill: CLASSES[name], text: this.words[name] });
    }
    const figures = [...there].some((value) => value >= 0);
    if (kind === "steps") {
      names.forEach((name, step) => {
        if (there.has(step)) rows.push({ fill: STEPS[step], text: `${this.digits(step)} · ${name}` });
      });
    } else if (kind === "classes") {
      names.forEach((name, at) => rows.unshift({ fill: TOLD[at], text: name }));
    } else if (figures && this.scene.circles) {
      const largest = Math.max(...values.flat());
      rows.push({ mark: "circle", text: `${this.words.circles} ${this.number(largest)}` });
    } else if (figures) {
      if (there.has(0)) rows.push({ fill: "#ffffff", text: this.digits("0") });
      let low = 1;
      edges.forEach((edge, n) => {
        const text = low === edge ? this.number(edge) : `${this.number(low)}–${this.number(edge)}`;
        rows.push({ fill: AMOUNTS[spread(n, edges.length)], text });
        low = edge + 1;
      });
    }
    for (const code of [HIDDEN, SILENT, APART, NO_CELL]) {
      if (there.has(code)) rows.push({ ...WITHOUT[code], text: this.figure(code) });
    }
    if (this.scene.points.length) rows.push({ mark: "booth", text: this.words.booth });
    return rows;
  }

  summary(values) {
    const count = (test) => values.flat().filter(test).length;
    return (this.scene.summary || this.words.summary)
      .replace("{shown}", this.digits(count((v) => v >= 0 || v <= -11)))
      .replace("{hidden}", this.digits(count((v) => v === HIDDEN)))
      .replace("{silent}", this.digits(count((v) => v === SILENT)));
  }

  heading() {
    return this.scene.unit ? `${this.scene.title} (${this.scene.unit})` : this.scene.title;
  }
}
