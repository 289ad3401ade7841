// A map and its table in one element: geometry by address, once; each change is one small message.

import { unpack, OUTSIDE } from "./codec.js";
import { defineLayer } from "./layer.js";
import { Looks } from "./looks.js";
import { keep } from "./picture.js";
import { FigureTable, element, rowsOf } from "./table.js";
import { load, toPlane, CENTRE } from "./topology.js";

const LEAFLET = new URL("../leaflet/", import.meta.url).href;
const SMALL = 480; // pixels: a legend would cover the map

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
    const stage = element("div", { class: "stage" }, this.map, this.legend, this.menu, this.tip, this.trouble);
    this.frame = element("div", { class: "sima-frame" }, stage, this.notes);
    if (given) root.append(this.legend, this.menu, this.tip, this.trouble, this.notes);
    else this.root.replaceChildren(this.table, this.frame);
    this.figures = new FigureTable(this.table, (code) => this.choose(code, { tell: true }));
  }

  async update(scene) {
    const turn = (this.turn += 1);
    this.scene = scene;
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
      this._draw(L, said, { files, values, outlines, above, ground });
    } catch (wrong) {
      if (turn !== this.turn) return;
      // The last picture stays; the reader learns that it is not the one asked for.
      this.trouble.textContent = scene.trouble;
      this.trouble.hidden = false;
      console.warn(wrong.message);
    }
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
      setTimeout(() => this._table(files, values));
    });
    this.choose(scene.picked || (this.chosen && this.chosen.unit.code), { quiet: true });
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
    if (this.map.clientWidth < SMALL) this.legend.removeAttribute("open");
  }

  _place(parts) {
    this.bounds = boundsOf(parts) || this.bounds;
    if (!this.bounds) return;
    const [west, north, east, south] = this.bounds;
    this.leaflet.invalidateSize({ pan: false });
    const corner = (x, y) => this.leaflet.unproject([x + CENTRE[0], y + CENTRE[1]], 0);
    this.leaflet.fitBounds([corner(west, south), corner(east, north)], { padding: [12, 12], animate: false });
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

  _menu(said) {
    const button = (text, work) => {
      const made = element("button", { type: "button" }, text);
      made.addEventListener("click", work);
      return made;
    };
    const { scene } = this;
    const name = `sima-${scene.name}`;
    const save = (kind) => () => {
      keep(kind, { scene, looks: this.looks, layer: this.parts, bounds: this.bounds }, name);
      this.menu.removeAttribute("open");
    };
    this.menu.replaceChildren(
      element("summary", { "aria-label": said.keep, title: said.keep }, "⤓"),
      button(said.keep_png, save("png")), button(said.keep_svg, save("svg")),
      button(said.home, () => {
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

const views = new WeakMap();

// The entry of the component: called at every run of the page with the message of that run.
export function show({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector("[data-sima-map]") || parentElement;
  if (!views.has(root)) views.set(root, new View(root, setTriggerValue));
  const view = views.get(root);
  view.tell = setTriggerValue;
  view.update(data);
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
