// A map and its table in one element: geometry by address, once; each change is one small message.

import { Questions } from "./asking.js";
import { unpack, OUTSIDE } from "./codec.js";
import { defineLayer } from "./layer.js";
import { Looks } from "./looks.js";
import { keep } from "./picture.js";
import { FigureTable, element, rowsOf } from "./table.js";
import { load, toPlane, CENTRE } from "./topology.js";

const LEAFLET = new URL("../leaflet/", import.meta.url).href;

function once(make) {
  let made = null;
  return () => {
    made ||= make();
    return made;
  };
}

const styled = once(() => new Promise((resolve) => {
  const style = element("link", { rel: "stylesheet", href: new URL("./view.css", import.meta.url).href });
  style.addEventListener("load", resolve);
  style.addEventListener("error", resolve); // the figures can be read without it
  document.head.append(style);
}));

const leaflet = once(() => new Promise((resolve, reject) => {
  if (window.L) {
    resolve(window.L);
    return;
  }
  const style = element("link", { rel: "stylesheet", href: `${LEAFLET}leaflet.css` });
  const script = element("script", { src: `${LEAFLET}leaflet.js` });
  script.addEventListener("load", () => resolve(window.L));
  script.addEventListener("error", () => reject(new Error("leaflet.js")));
  document.head.append(style, script);
}));

const words = new Map();

function wordsAt(address) {
  if (!words.has(address)) {
    words.set(address, fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${address}`);
      return answer.json();
    }));
    words.get(address).catch(() => words.delete(address));
  }
  return words.get(address);
}

function boundsOf(layer) {
  const all = [Infinity, Infinity, -Infinity, -Infinity];
  const add = (box) => {
    all[0] = Math.min(all[0], box[0]);
    all[1] = Math.min(all[1], box[1]);
    all[2] = Math.max(all[2], box[2]);
    all[3] = Math.max(all[3], box[3]);
  };
  layer.files.forEach((file, at) => file.units.forEach((unit, n) => {
    if (unit.path && layer.values[at][n] !== OUTSIDE) add(unit.box);
  }));
  for (const { file, inside } of layer.outlines) {
    for (const unit of file.units) if (unit.path && inside(unit.code)) add(unit.box);
  }
  return Number.isFinite(all[0]) ? all : null;
}

export class View {
  // given: a Leaflet map that is there already.
  constructor(root, tell, given = null) {
    this.root = root;
    this.tell = tell;
    this.given = given;
    this.turn = 0;
    this.table = element("div", { class: "sima-table sima-figures", id: "sima-figures", tabindex: 0, role: "region" });
    this.map = element("div", { class: "sima-map" });
    this.legend = element("details", { class: "legend", open: "" });
    this.notes = element("p", { class: "notes", tabindex: 0 });
    this.tip = element("div", { class: "sima-tip", role: "status", hidden: "" });
    this.menu = element("details", { class: "keep" });
    this.trouble = element("p", { class: "trouble", role: "alert", hidden: "" });
    this.lead = element("p", { class: "sima-lead", hidden: "", "aria-live": "polite" });
    this.caution = element("div", { class: "sima-caution", hidden: "" });
    this.empty = element("p", { class: "sima-empty", hidden: "" });
    this.questions = new Questions((name, value) => this.ask(name, value));
    const stage = element("div", { class: "stage" }, this.map, this.legend, this.menu, this.tip, this.trouble);
    this.frame = element("div", { class: "sima-frame" }, stage, this.notes);
    if (given) root.append(this.legend, this.menu, this.tip, this.trouble, this.notes);
    else {
      root.replaceChildren(
        this.lead, this.questions.root, this.empty, this.table, this.frame, this.caution);
    }
    this.figures = new FigureTable(this.table, (code) => this.choose(code, { tell: true }));
  }

  async update(scene, turn = (this.turn += 1)) {
    this.root.classList.toggle("mini", Boolean(scene.mini));
    try {
      const base = scene.geometry;
      const [L, , said, files, outlines, above, ground] = await Promise.all([
        leaflet(),
        styled(),
        wordsAt(scene.words),
        Promise.all(scene.files.map((name) => load(base + name))),
        Promise.all(scene.outlines.map(([name]) => load(base + name))),
        Promise.all(scene.above.map(([name]) => load(base + name))),
        scene.ground ? load(base + scene.ground) : null,
      ]);
      if (turn !== this.turn) return; // a newer message came meanwhile
      const values = scene.values.map(unpack);
      files.forEach((file, at) => {
        if (values[at].length !== file.units.length) throw new Error(`${scene.files[at]}: units`);
      });
      this.trouble.hidden = true;
      this.scene = scene;
      this._draw(L, said, { files, values, outlines, above, ground });
    } catch (wrong) {
      if (turn === this.turn) this._fail(wrong, scene.trouble || this.said.trouble);
    }
  }

  // The last picture stays; the reader learns that it is not the one asked for.
  _fail(wrong, text) {
    this.trouble.replaceChildren(text);
    if (this.again) this.trouble.append(" ", this._button(this.again.text, this.again.work));
    this.trouble.hidden = false;
    console.warn(wrong.message);
  }

  _draw(L, said, { files, values, outlines, above, ground }) {
    const { scene } = this;
    this.looks = new Looks(scene, said);
    const { looks } = this;
    const parts = {
      files,
      values,
      ground,
      style: (value) => looks.look(value),
      outlines: outlines.map((file, n) => ({
        file, inside: (code) => scene.outlines[n][1].some((prefix) => code.startsWith(prefix)),
      })),
      circles: scene.circles,
      thin: Boolean(scene.mini),
      numeral: this._numeral(),
    };
    this.parts = { ...parts, points: scene.points.map((p) => ({ at: toPlane(p[0], p[1]), name: p[2] })) };
    this.above = this._above(above, scene);
    const restyled = this.shown && this.shown.key === `${scene.area}|${scene.language}` && this.shown.circles === scene.circles &&
      this.shown.numeral === scene.numeral;
    if (!this.leaflet) this._begin(L);
    this._beside(said);
    this._words(said, values); // before the map is placed: the notes take their room
    if (restyled) this.layer.restyle(values, parts.style);
    else this.layer.show(parts);
    if (!this.shown || this.shown.area !== scene.area) this._place(parts);
    this.shown = { key: `${scene.area}|${scene.language}`, area: scene.area, circles: scene.circles, numeral: scene.numeral };
    this._points(L);
    this.map.setAttribute("aria-label", `${scene.mini ? `${said.small} ` : ""}${looks.heading()}, ${scene.period}. ${looks.summary(values)}`);
    this.root.dataset.painted = `${scene.title}|${scene.period}|${values.flat().length}`;
    requestAnimationFrame(() => {
      this.root.dispatchEvent(new CustomEvent("sima-painted", { bubbles: true, composed: true }));
      // The map is seen before its table is drawn.
      requestAnimationFrame(() => setTimeout(() => {
        if (values === this.parts.values) this._table(files, values);
      }));
    });
    this.choose(this.picked || scene.picked || (this.chosen && this.chosen.unit.code), { quiet: true });
  }

  // What stands around the map and its table.
  _beside(said) {
    const { lead, caution, empty, questions } = this.scene;
    this.lead.replaceChildren(...(lead ? [element("b", {}, lead.figure), ` ${lead.text}`] : []));
    this.lead.hidden = !lead;
    this.empty.textContent = empty || "";
    this.empty.hidden = !empty;
    this.caution.textContent = caution;
    this.caution.hidden = !questions;
    if (questions) this.questions.show(questions, said);
  }

  _numeral() {
    const { looks, scene } = this;
    if (scene.numeral === "ward") return (unit) => (unit.number ? looks.digits(unit.number) : "");
    if (scene.numeral === "value") return (unit, value) => (value >= 0 ? looks.digits(value) : "");
    return null;
  }

  // Find the nearest unit around a code whose figure is shown.
  _above(files, scene) {
    const known = new Map();
    const language = scene.language;
    files.forEach((file, at) => {
      const values = unpack(scene.above[at][1]);
      file.units.forEach((unit, n) => known.set(unit.code, { name: unit[language], value: values[n] }));
    });
    const nation = scene.nation && { name: scene.nation[0], value: unpack(scene.nation[1])[0] };
    this.names = known;
    const shown = (each) => each && (each.value >= 0 || each.value <= -11);
    return (code) => {
      for (const length of [5, 3, 1]) {
        const each = code.length > length && known.get(code.slice(0, length));
        if (shown(each)) return each;
      }
      return shown(nation) ? nation : null;
    };
  }

  _begin(L) {
    this.leaflet = this.given || L.map(this.map, {
      zoomSnap: 0.25, attributionControl: false, scrollWheelZoom: false, zoomAnimation: true,
      center: [28.2, 84.1], zoom: 7, keyboard: true,
    });
    const Layer = defineLayer(L);
    this.layer = new Layer();
    this.layer.addTo(this.leaflet);
    this.marks = L.layerGroup().addTo(this.leaflet);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(this.leaflet);
    if (this.given) this.map = this.given.getContainer();
    this.map.setAttribute("role", "region");
    this.leaflet.on("focus", () => this.leaflet.scrollWheelZoom.enable());
    this.leaflet.on("blur", () => this.leaflet.scrollWheelZoom.disable());
    this.leaflet.on("mousemove", (event) => this._hover(event));
    this.leaflet.on("mouseout", () => this._tell(this.chosen));
    this.leaflet.on("click", (event) => {
      const found = this.layer.at(event.latlng);
      this.choose(found && found.unit.code, { tell: true });
    });
    new ResizeObserver(() => this.leaflet.invalidateSize({ pan: false })).observe(this.map);
  }

  _place(parts) {
    this.bounds = boundsOf(parts) || this.bounds;
    if (!this.bounds) return;
    const [west, north, east, south] = this.bounds;
    this.leaflet.invalidateSize({ pan: false });
    const corner = (x, y) => this.leaflet.unproject([x + CENTRE[0], y + CENTRE[1]], 0);
    const bounds = window.L.latLngBounds(corner(west, south), corner(east, north));
    this.leaflet.fitBounds(bounds, { ...this._room(bounds), animate: false });
  }

  // Leave the legend its place beside or below what is drawn, where that costs little of its size.
  _room(bounds) {
    const plain = { paddingTopLeft: [12, 12], paddingBottomRight: [12, 12] };
    const [wide, high] = [this.legend.offsetWidth + 22, this.legend.offsetHeight + 22];
    const over = getComputedStyle(this.legend).position !== "static"; // on a phone it stands below
    if (this.given || !over || !wide || !high) return plain;
    const zoom = (across, down) => this.leaflet.getBoundsZoom(bounds, false, window.L.point(across, down));
    const beside = zoom(wide + 12, 24);
    const below = zoom(24, high + 12);
    if (Math.max(beside, below) < zoom(24, 24) - 0.5) return plain;
    return beside >= below
      ? { ...plain, paddingTopLeft: [wide, 12] }
      : { ...plain, paddingBottomRight: [12, high] };
  }

  _points(L) {
    this.marks.clearLayers();
    for (const [longitude, latitude, name] of this.scene.points) {
      const icon = L.divIcon({ html: '<span class="booth">⌂</span>', iconSize: [28, 28], iconAnchor: [14, 14] });
      const mark = L.marker([latitude, longitude], { icon, alt: name, title: name });
      const text = element("span", {}, element("b", {}, name), element("br"), this.looks.words.booth);
      mark.bindTooltip(text, { className: "sima-label", direction: "top", offset: [0, -12] });
      this.marks.addLayer(mark);
    }
  }

  _words(said, values) {
    const { scene, looks } = this;
    const summary = element("summary", {}, looks.heading(), element("small", {}, scene.period));
    if (scene.diagram) summary.append(element("small", { class: "diagram" }, said.diagram));
    const list = element("ul");
    for (const row of looks.legend(values)) {
      const swatch = element("i", { class: row.pattern || row.mark || "" }, row.mark === "booth" ? "⌂" : "");
      if (row.fill) swatch.style.background = row.fill;
      list.append(element("li", {}, swatch, element("span", {}, row.text)));
    }
    this.legend.replaceChildren(summary, list);
    this.notes.replaceChildren(element("b", {}, scene.release),
      ` · ${scene.caution} ${said.disclaimer} ${scene.attribution}`);
    this._menu(said);
  }

  _button(text, work) {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", work);
    return made;
  }

  _menu(said) {
    const { scene } = this;
    const name = `sima-${scene.name}`;
    const save = (kind) => () => {
      keep(kind, { scene, looks: this.looks, layer: this.parts, bounds: this.bounds }, name);
      this.menu.removeAttribute("open");
    };
    this.menu.replaceChildren(
      element("summary", { "aria-label": said.keep, title: said.keep }, "⤓"),
      this._button(said.keep_png, save("png")), this._button(said.keep_svg, save("svg")),
      this._button(said.home, () => {
        this._place(this.parts);
        this.menu.removeAttribute("open");
      }));
  }

  _table(files, values) {
    const { scene } = this;
    const parentOf = (code) => {
      for (const length of [5, 3, 1]) {
        if (code.length > length && this.names.has(code.slice(0, length))) {
          return this.names.get(code.slice(0, length)).name;
        }
      }
      return "";
    };
    const rows = rowsOf(files, values, parentOf);
    const several = new Set(rows.map((row) => row.parent)).size > 1;
    this.figures.show(rows, this.looks, {
      area: scene.area, place: scene.place, above: this.above, several,
      chosen: this.chosen && this.chosen.unit.code,
    });
    this.root.dataset.listed = this.root.dataset.painted;
  }

  _find(code) {
    for (let at = 0; at < this.parts.files.length; at += 1) {
      const n = this.parts.files[at].units.findIndex((unit) => unit.code === code);
      if (n >= 0) return { unit: this.parts.files[at].units[n], value: this.parts.values[at][n] };
    }
    return null;
  }

  choose(code, { tell = false, quiet = false } = {}) {
    const found = code ? this._find(code) : null;
    this.chosen = found;
    this.layer.choose(found && found.unit);
    this.figures.choose(found ? found.unit.code : null);
    this._tell(found);
    if (tell && !quiet && found) {
      if (this.scene.picks) this.tell("picked", found.unit.code);
      if (this.given) this.given.fire("sima:picked", { code: found.unit.code });
    }
  }

  _hover(event) {
    const found = this.layer.at(event.latlng);
    this.map.style.cursor = found ? "pointer" : "";
    this._tell(found || this.chosen);
  }

  _tell(found) {
    if (!found || found.value === OUTSIDE) {
      this.tip.hidden = true;
      return;
    }
    const { unit, value } = found;
    const name = unit[this.scene.language];
    this.tip.replaceChildren(element("b", {}, name), element("span", {}, this.looks.said(unit, value, this.above)));
    this.tip.hidden = false;
  }
}

// A view whose scenes are fetched by address; who chooses does not wait for the page.
class AskedView extends View {
  constructor(root, tell) {
    super(root, tell);
    this.address = ""; // of what is drawn
    this.told = []; // addresses that the page was told of and has not answered yet
  }

  // The page's word: what the address of the page asks for.
  follow(data) {
    this.said = data;
    this.picked = data.picked;
    if (data.beside) this.table.removeAttribute("id"); // a page's first map has the place for a link
    const at = this.told.indexOf(data.scene);
    if (at >= 0) {
      this.told.splice(0, at + 1);
      if (this.told.length) return; // something was chosen since
      delete this.root.dataset.asking;
    }
    if (data.scene !== this.address) this._fetch(data.scene, false);
    else if (this.scene) this.choose(this.picked, { quiet: true });
  }

  ask(name, value) {
    const next = new URL(this.wanted || this.address, location.href);
    if (value) next.searchParams.set(name, value);
    else next.searchParams.delete(name);
    this._fetch(next.pathname + next.search, true);
  }

  async _fetch(address, chosen) {
    const turn = (this.turn += 1);
    this.wanted = address;
    this.root.setAttribute("aria-busy", "true");
    this.again = { text: this.said.again, work: () => this._fetch(address, chosen) };
    if (!this.scene && !this.frame.dataset.waiting) this.frame.dataset.waiting = this.said.waiting;
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${answer.status} ${address}`);
      const scene = await answer.json();
      if (turn !== this.turn) return; // a newer choice was made meanwhile
      await this.update(scene, turn);
      if (turn !== this.turn) return;
      if (this.scene !== scene) return; // its shapes could not be loaded, and the reader was told
      this.address = scene.address;
      this.wanted = null;
      if (chosen) requestAnimationFrame(() => this._tellPage(scene));
    } catch (wrong) {
      if (turn === this.turn) this._fail(wrong, this.said.trouble);
    } finally {
      if (turn === this.turn) this.root.removeAttribute("aria-busy");
      delete this.frame.dataset.waiting;
    }
  }

  _tellPage(scene) {
    this.told.push(scene.address);
    this.root.dataset.asking = scene.address;
    const words = new URL(scene.address, location.href).searchParams;
    this.tell("asked", { ...Object.fromEntries(words), ...Object.fromEntries(scene.questions) });
  }
}

const views = new WeakMap();

// The entry of the component: called at every run of the page with the message of that run.
export function show({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector("[data-sima-map]") || parentElement;
  const asked = "waiting" in data;
  if (!views.has(root)) views.set(root, new (asked ? AskedView : View)(root, setTriggerValue));
  const view = views.get(root);
  view.tell = setTriggerValue;
  if (asked) view.follow(data);
  else view.update(data);
}

// The entry of the folium layer: draw on a map of folium's; called again, draw other figures in place.
export function attach(map, scene) {
  if (!views.has(map)) {
    document.documentElement.lang = scene.language;
    document.body.classList.add("sima-view", "sima-alone");
    views.set(map, new View(document.body, () => {}, map));
  }
  views.get(map).update(scene);
}
