// A Leaflet layer that paints units on a canvas: shapes are sent once, afterwards only signs.

import { CENTRE } from "./topology.js";
import { OUTSIDE } from "./codec.js";

export const INK = "#1d2a33";
const LINE = "#8fa0aa";
const ACCENT = "#0b5d7a";
const GROUND = "#f1eee7";
const SMALLEST_LABEL = 17; // pixels across a unit that carries a number

function tile(width, height, draw) {
  const canvas = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(canvas.width / width, canvas.height / height);
  draw(pen);
  return canvas;
}

// The ways to have no figure differ by pattern, not only by colour.
export const PATTERNS = {
  hidden: [8, 8, (pen) => {
    pen.fillStyle = "#fbfaf7";
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = "#51626d";
    pen.lineWidth = 1.6;
    pen.beginPath();
    for (const [x, y, length] of [[-2, 2, 4], [0, 8, 8], [6, 10, 4]]) {
      pen.moveTo(x, y);
      pen.lineTo(x + length, y - length);
    }
    pen.stroke();
  }],
  silent: [8, 8, (pen) => {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, 8, 8);
    pen.fillStyle = "#51626d";
    pen.beginPath();
    pen.arc(4, 4, 1.3, 0, 7);
    pen.fill();
  }],
  apart: [6, 6, (pen) => {
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, 6, 6);
    pen.fillStyle = LINE;
    pen.fillRect(0, 2.6, 6, 0.8);
  }],
};

export function patternTile(name) {
  return tile(...PATTERNS[name]);
}

// Half the width of a middling unit, in the plane: larger circles would cover each other.
export function roomOf(files, values) {
  const widths = [];
  files.forEach((file, at) => file.units.forEach((unit, n) => {
    if (unit.path && values[at][n] !== OUTSIDE) {
      widths.push(Math.min(unit.box[2] - unit.box[0], unit.box[3] - unit.box[1]));
    }
  }));
  widths.sort((a, b) => a - b);
  return widths.length ? 0.6 * widths[widths.length >> 1] : 0;
}

export function radiusOf(value, largest, most, room) {
  return Math.max(1.5, Math.min(most, Math.max(room, 7)) * Math.sqrt(value / largest));
}

export function defineLayer(L) {
  return L.Renderer.extend({
    // files: decoded topologies to fill; style(value, unit) gives { fill, pattern, light }.
    options: { padding: 0.15 },

    initialize(options) {
      L.Renderer.prototype.initialize.call(this, options);
      this._layers = {};
      this.scene = { files: [], values: [], outlines: [], ground: null };
      this.chosen = null;
    },

    _initContainer() {
      this._container = L.DomUtil.create("div", "sima-canvas");
      this._container.style.pointerEvents = "none";
      this._fills = L.DomUtil.create("canvas", "", this._container);
      this._lines = L.DomUtil.create("canvas", "", this._container);
      this._marks = L.DomUtil.create("canvas", "", this._container);
      this._canvases = [this._fills, this._lines, this._marks];
      for (const canvas of this._canvases) canvas.style.position = "absolute";
      this._patterns = {};
    },

    _destroyContainer() {
      L.DomUtil.remove(this._container);
      delete this._container;
    },

    _updatePaths() {},

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const ratio = window.devicePixelRatio || 1;
      const size = this._bounds.getSize();
      L.DomUtil.setPosition(this._container, this._bounds.min);
      for (const canvas of this._canvases) {
        canvas.width = Math.round(size.x * ratio);
        canvas.height = Math.round(size.y * ratio);
        canvas.style.width = `${size.x}px`;
        canvas.style.height = `${size.y}px`;
      }
      this._ratio = ratio;
      this.paint();
      this.fire("update");
    },

    // The plane of the shapes to pixels of the canvas: [scale, right, down].
    _fit() {
      const scale = 2 ** this._map.getZoom();
      const origin = this._map.getPixelOrigin().add(this._bounds.min);
      return [
        scale * this._ratio,
        (CENTRE[0] * scale - origin.x) * this._ratio,
        (CENTRE[1] * scale - origin.y) * this._ratio,
      ];
    },

    show(scene) {
      this.scene = scene;
      if (this._map && this._bounds) this.paint();
    },

    // A change of figures alone leaves every border where it is: only what has figures is drawn anew.
    restyle(values, style) {
      Object.assign(this.scene, { values, style });
      if (!this._map || !this._bounds) return;
      this._paintFills();
      this._paintMarks();
    },

    choose(unit) {
      if (unit === this.chosen) return;
      this.chosen = unit;
      if (this._map && this._bounds) this._paintMarks();
    },

    paint() {
      this._paintFills();
      this._paintLines();
      this._paintMarks();
    },

    _filling(pen, { fill, pattern }, scale) {
      if (!pattern) return fill;
      if (!this._patterns[pattern]) {
        this._patterns[pattern] = pen.createPattern(patternTile(pattern), "repeat");
      }
      // A pattern keeps its size on the screen whatever the scale of the shapes.
      this._patterns[pattern].setTransform(new DOMMatrix().scale(1 / scale));
      return this._patterns[pattern];
    },

    _seen(box, scale, right, low) {
      const canvas = this._fills;
      return (
        box[2] * scale + right >= 0 && box[3] * scale + low >= 0 &&
        box[0] * scale + right <= canvas.width && box[1] * scale + low <= canvas.height
      );
    },

    _paintFills() {
      const pen = this._fills.getContext("2d");
      const [scale, right, low] = this._fit();
      const { files, values, style, ground, circles } = this.scene;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, this._fills.width, this._fills.height);
      pen.setTransform(scale, 0, 0, scale, right, low);
      if (ground) {
        pen.fillStyle = GROUND;
        for (const unit of ground.units) if (unit.path) pen.fill(unit.path, "evenodd");
      }
      const groups = new Map();
      files.forEach((file, at) => {
        file.units.forEach((unit, n) => {
          const value = values[at][n];
          if (!unit.path || value === OUTSIDE || !this._seen(unit.box, scale, right, low)) return;
          const look = circles && value >= 0 ? { fill: "#ffffff" } : style(value, unit);
          const key = look.pattern || look.fill;
          if (!groups.has(key)) groups.set(key, [look, []]);
          groups.get(key)[1].push(unit.path);
        });
      });
      for (const [look, paths] of groups.values()) {
        pen.fillStyle = this._filling(pen, look, scale);
        for (const path of paths) pen.fill(path, "evenodd");
      }
    },

    _paintLines() {
      const pen = this._lines.getContext("2d");
      const [scale, right, low] = this._fit();
      const px = this._ratio / scale;
      const { files, values, outlines, ground } = this.scene;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, this._lines.width, this._lines.height);
      pen.setTransform(scale, 0, 0, scale, right, low);
      pen.lineJoin = "round";
      const stroke = (path, colour, width) => {
        pen.strokeStyle = colour;
        pen.lineWidth = width * px;
        pen.stroke(path);
      };
      if (ground) stroke(ground.lines, LINE, 0.8);
      files.forEach((file, at) => {
        if (values[at].every((value) => value !== OUTSIDE)) {
          stroke(file.lines, LINE, 0.8);
          return;
        }
        file.units.forEach((unit, n) => {
          if (unit.path && values[at][n] !== OUTSIDE) stroke(unit.path, LINE, 0.8);
        });
      });
      for (const { file, inside } of outlines) {
        file.units.forEach((unit) => {
          if (unit.path && inside(unit.code)) stroke(unit.path, INK, this.scene.thin ? 0.7 : 1.5);
        });
      }
    },

    // Circles, numbers and the unit that is chosen.
    _paintMarks() {
      const pen = this._marks.getContext("2d");
      const [scale, right, low] = this._fit();
      const { numeral, circles } = this.scene;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      if (this._marked) pen.clearRect(0, 0, this._marks.width, this._marks.height);
      const chosen = this.chosen && this.chosen.path;
      this._marked = circles || numeral || chosen;
      if (circles) this._paintCircles(pen, scale, right, low);
      if (numeral) this._paintNumbers(pen, scale, right, low);
      if (!chosen) return;
      pen.setTransform(scale, 0, 0, scale, right, low);
      pen.lineJoin = "round";
      for (const [colour, width] of [["#ffffff", 5], [ACCENT, 3]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width * this._ratio / scale;
        pen.stroke(chosen);
      }
    },

    _each(visit) {
      this.scene.files.forEach((file, at) => {
        file.units.forEach((unit, n) => {
          if (unit.path && this.scene.values[at][n] !== OUTSIDE) visit(unit, this.scene.values[at][n]);
        });
      });
    },

    _paintCircles(pen, scale, right, low) {
      const { circles, files, values } = this.scene;
      const room = roomOf(files, values) * scale / this._ratio;
      const largest = Math.max(1, ...values.map((part) => Math.max(0, ...part)));
      pen.setTransform(1, 0, 0, 1, 0, 0);
      this._each((unit, value) => {
        if (value <= 0) return;
        pen.beginPath();
        const radius = radiusOf(value, largest, circles, room) * this._ratio;
        pen.arc(unit.at[0] * scale + right, unit.at[1] * scale + low, radius, 0, 7);
        pen.fillStyle = "rgba(11, 93, 122, 0.72)";
        pen.fill();
        pen.strokeStyle = "#ffffff";
        pen.lineWidth = this._ratio;
        pen.stroke();
      });
    },

    // Across the widest unit; of many small ones none has room for a number.
    _widest() {
      const { files } = this.scene;
      if (this._measured !== files) {
        this._measured = files;
        const widths = files.map((file) => file.units.map(({ path, box }) => (
          path ? Math.min(box[2] - box[0], box[3] - box[1]) : 0)));
        this._width = widths.flat().reduce((a, b) => Math.max(a, b), 0);
      }
      return this._width;
    },

    _paintNumbers(pen, scale, right, low) {
      const { numeral, style } = this.scene;
      if (this._widest() * scale < SMALLEST_LABEL * this._ratio) return;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.font = `600 ${13 * this._ratio}px "Sima Devanagari", system-ui, sans-serif`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      this._each((unit, value) => {
        const wide = Math.min(unit.box[2] - unit.box[0], unit.box[3] - unit.box[1]) * scale;
        if (wide < SMALLEST_LABEL * this._ratio || !this._seen(unit.box, scale, right, low)) return;
        const text = numeral(unit, value);
        if (!text) return;
        const look = style(value, unit);
        const x = unit.at[0] * scale + right;
        const y = unit.at[1] * scale + low;
        if (look.pattern) {
          pen.lineWidth = 4 * this._ratio;
          pen.strokeStyle = "#ffffff";
          pen.strokeText(text, x, y);
        }
        pen.fillStyle = look.light ? "#ffffff" : INK;
        pen.fillText(text, x, y);
      });
    },

    // Find the unit at a place, null where there is none.
    at(latlng) {
      const point = this._map.project(latlng, 0);
      const [x, y] = [point.x - CENTRE[0], point.y - CENTRE[1]];
      const pen = this._hits || (this._hits = document.createElement("canvas").getContext("2d"));
      let found = null;
      this._each((unit, value) => {
        const [west, north, east, south] = unit.box;
        if (found || x < west || x > east || y < north || y > south) return;
        if (pen.isPointInPath(unit.path, x, y, "evenodd")) found = { unit, value };
      });
      return found;
    },
  });
}
