// The map as a picture to keep: SVG or PNG, with title, legend, source and caution inside.

import { OUTSIDE } from "./codec.js";
import { PATTERNS, INK, patternTile, radiusOf, roomOf } from "./layer.js";
import { pathData } from "./topology.js";

const [WIDTH, HEIGHT] = [1200, 850]; // about A4 across
const [TOP, SIDE, FOOT, EDGE] = [92, 320, 96, 28];
const SECOND = "#51626d";
const LINE = "#8fa0aa";
const FAMILY = '"Sima Devanagari", system-ui, "Segoe UI", Roboto, sans-serif';
const PIXELS = 2; // of a PNG for each unit of the drawing

function escaped(text) {
  return String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

class SvgPen {
  constructor() {
    this.parts = [];
  }

  path(data, { fill = "none", stroke = "none", width = 1, pattern }) {
    const paint = pattern ? `url(#${pattern})` : fill;
    this.parts.push(`<path d="${data}" fill="${paint}" fill-rule="evenodd" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round"/>`);
  }

  text(x, y, text, { size = 15, weight = 400, fill = INK, anchor = "start" } = {}) {
    this.parts.push(`<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escaped(text)}</text>`);
  }

  done() {
    const patterns = Object.entries(PATTERNS).map(([name, [w, h]]) =>
      `<pattern id="${name}" width="${w}" height="${h}" patternUnits="userSpaceOnUse"><image width="${w}" height="${h}" href="${patternTile(name).toDataURL()}"/></pattern>`);
    const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family='${FAMILY}'><defs>${patterns.join("")}</defs><rect width="100%" height="100%" fill="#ffffff"/>${this.parts.join("")}</svg>`;
    return Promise.resolve(new Blob([text], { type: "image/svg+xml" }));
  }
}

class CanvasPen {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.width = WIDTH * PIXELS;
    this.canvas.height = HEIGHT * PIXELS;
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(PIXELS, PIXELS);
    this.pen.fillStyle = "#ffffff";
    this.pen.fillRect(0, 0, WIDTH, HEIGHT);
    this.pen.lineJoin = "round";
  }

  path(data, { fill = "none", stroke = "none", width = 1, pattern }) {
    const path = new Path2D(data);
    if (pattern || fill !== "none") {
      this.pen.fillStyle = pattern ? this.pen.createPattern(patternTile(pattern), "repeat") : fill;
      this.pen.fill(path, "evenodd");
    }
    if (stroke !== "none") {
      Object.assign(this.pen, { strokeStyle: stroke, lineWidth: width });
      this.pen.stroke(path);
    }
  }

  text(x, y, text, { size = 15, weight = 400, fill = INK, anchor = "start" } = {}) {
    const align = { start: "left", middle: "center", end: "right" }[anchor];
    Object.assign(this.pen, { font: `${weight} ${size}px ${FAMILY}`, fillStyle: fill, textAlign: align });
    this.pen.fillText(text, x, y);
  }

  done() {
    return new Promise((resolve) => {
      this.canvas.toBlob(resolve, "image/png");
    });
  }
}

const ruler = document.createElement("canvas").getContext("2d");

function wrapped(text, size, width) {
  ruler.font = `${size}px ${FAMILY}`;
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (line && ruler.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function box(x, y, w, h) {
  return `M${x} ${y}h${w}v${h}h${-w}Z`;
}

function ring(x, y, radius) {
  return `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
}

function drawMap(pen, { scene, looks, layer, bounds }) {
  const room = [WIDTH - SIDE - 2 * EDGE, HEIGHT - TOP - FOOT];
  const scale = Math.min(room[0] / (bounds[2] - bounds[0]), room[1] / (bounds[3] - bounds[1]));
  const left = EDGE + (room[0] - (bounds[2] - bounds[0]) * scale) / 2;
  const top = TOP + (room[1] - (bounds[3] - bounds[1]) * scale) / 2;
  const place = (x, y) => [left + (x - bounds[0]) * scale, top + (y - bounds[1]) * scale];
  const largest = Math.max(1, ...layer.values.flat());
  const free = roomOf(layer.files, layer.values) * scale;
  const later = [];
  layer.files.forEach((file, at) => file.units.forEach((unit, n) => {
    const value = layer.values[at][n];
    if (!unit.path || value === OUTSIDE) return;
    const look = scene.circles && value >= 0 ? { fill: "#ffffff" } : looks.look(value);
    pen.path(pathData(file, unit, place), { ...look, stroke: LINE, width: 0.7 });
    const [x, y] = place(...unit.at);
    if (scene.circles && value > 0) {
      later.push(() => pen.path(ring(x, y, radiusOf(value, largest, scene.circles, free)),
        { fill: "#0b5d7a", stroke: "#ffffff" }));
    }
    const text = layer.numeral ? layer.numeral(unit, value) : "";
    const wide = Math.min(unit.box[2] - unit.box[0], unit.box[3] - unit.box[1]) * scale;
    if (text && wide > 22) {
      later.push(() => {
        if (look.pattern) pen.path(ring(x, y, 10), { fill: "#ffffff" });
        pen.text(x, y + 5, text, { anchor: "middle", weight: 600, fill: look.light ? "#ffffff" : INK });
      });
    }
  }));
  for (const { file, inside } of layer.outlines) {
    for (const unit of file.units) {
      if (unit.path && inside(unit.code)) pen.path(pathData(file, unit, place), { stroke: INK, width: 1.5 });
    }
  }
  for (const draw of later) draw();
  for (const point of layer.points) {
    const [x, y] = place(...point.at);
    pen.path(box(x - 9, y - 9, 18, 18), { fill: "#ffffff", stroke: INK });
    pen.text(x, y + 6, "⌂", { anchor: "middle", size: 17 });
  }
}

function drawWords(pen, { scene, looks, layer }) {
  wrapped(looks.heading(), 26, WIDTH - 2 * EDGE).slice(0, 1).forEach((line) =>
    pen.text(EDGE, 44, line, { size: 26, weight: 600 }));
  pen.text(EDGE, 70, scene.period, { size: 17, fill: SECOND });
  const x = WIDTH - SIDE;
  let y = TOP + 10;
  if (scene.diagram) {
    const said = wrapped(looks.words.diagram, 15, SIDE - EDGE);
    said.forEach((line, n) => pen.text(x, y + 19 * n, line, { weight: 600 }));
    y += 9 + 19 * said.length;
  }
  for (const row of looks.legend(layer.values)) {
    if (row.mark === "booth") pen.text(x + 14, y + 13, "⌂", { anchor: "middle", size: 18 });
    else if (row.mark === "circle") pen.path(ring(x + 14, y + 8, 8), { fill: "#0b5d7a" });
    else pen.path(box(x, y, 28, 17), { fill: row.fill, pattern: row.pattern, stroke: LINE });
    wrapped(row.text, 15, SIDE - EDGE - 40).forEach((line, n) => pen.text(x + 38, y + 14 + 19 * n, line));
    y += 26 + 19 * (wrapped(row.text, 15, SIDE - EDGE - 40).length - 1);
  }
  pen.text(x, y + 30, `↑ ${looks.words.north}`, { fill: SECOND });
  const said = [scene.release, scene.caution, looks.words.disclaimer, scene.attribution].join(" · ");
  wrapped(said, 12.5, WIDTH - 2 * EDGE).slice(0, 5).forEach((line, n) =>
    pen.text(EDGE, HEIGHT - FOOT + 24 + 16 * n, line, { size: 12.5, fill: SECOND }));
}

// Draw what the map shows now and hand it over as a file.
export async function keep(kind, drawing, name) {
  const pen = kind === "svg" ? new SvgPen() : new CanvasPen();
  drawWords(pen, drawing);
  drawMap(pen, drawing);
  saveBlob(await pen.done(), `${name}.${kind}`);
}

// Hand a file over to who sits at the browser.
export function saveBlob(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
