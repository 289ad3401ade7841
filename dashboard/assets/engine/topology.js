// TopoJSON as Sima writes it (geo/topojson.py) to shapes in a flat plane, each border once.

const WORLD = 256; // Leaflet's plane at zoom 0

function across(longitude) {
  return ((longitude + 180) / 360) * WORLD;
}

function down(latitude) {
  const phi = (latitude * Math.PI) / 180;
  return (0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI)) * WORLD;
}

// Numbers are kept near zero: a canvas path has single precision, and a street is 1e-6 of the world.
export const CENTRE = [across(84), down(28)];

function decodeArc(steps, { scale, translate }) {
  const points = new Float64Array(steps.length * 2);
  let x = 0;
  let y = 0;
  for (let n = 0; n < steps.length; n += 1) {
    x += steps[n][0];
    y += steps[n][1];
    points[2 * n] = across(x * scale[0] + translate[0]) - CENTRE[0];
    points[2 * n + 1] = down(y * scale[1] + translate[1]) - CENTRE[1];
  }
  return points;
}

function walk(arcs, rings, visit) {
  for (const polygon of rings) {
    for (const ring of polygon) {
      let first = true;
      for (const number of ring) {
        const points = arcs[number < 0 ? ~number : number];
        const count = points.length / 2;
        for (let n = first ? 0 : 1; n < count; n += 1) {
          const at = number < 0 ? count - 1 - n : n;
          visit(points[2 * at], points[2 * at + 1], first);
          first = false;
        }
      }
    }
  }
}

function shapeOf(arcs, rings) {
  const path = new Path2D();
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  walk(arcs, rings, (x, y, first) => {
    if (first) path.moveTo(x, y);
    else path.lineTo(x, y);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  });
  return { path, box };
}

// Give { units: [{ code, en, ne, number, tile, path, box, at, rings }], arcs, lines }.
export function decode(topology) {
  const transform = topology.transform;
  const arcs = topology.arcs.map((arc) => decodeArc(arc, transform));
  const units = topology.objects.units.geometries.map(({ id, properties, arcs: rings }) => {
    const unit = { code: id, ...properties, rings, path: null, box: null };
    if (rings) {
      Object.assign(unit, shapeOf(arcs, rings));
      const [x, y] = properties.at;
      const { scale, translate } = transform;
      unit.at = [
        across(x * scale[0] + translate[0]) - CENTRE[0],
        down(y * scale[1] + translate[1]) - CENTRE[1],
      ];
    }
    return unit;
  });
  const lines = new Path2D();
  for (const points of arcs) {
    lines.moveTo(points[0], points[1]);
    for (let n = 2; n < points.length; n += 2) lines.lineTo(points[n], points[n + 1]);
  }
  return { units, arcs, lines };
}

// Write a unit as SVG path data in the plane of a drawing.
export function pathData(file, unit, place) {
  let text = "";
  walk(file.arcs, unit.rings, (x, y, first) => {
    const [a, b] = place(x, y);
    text += `${first ? "M" : "L"}${a.toFixed(1)} ${b.toFixed(1)}`;
  });
  return `${text}Z`;
}

const loaded = new Map();

// Load a file once for the life of the page; a failure is asked for again.
export function load(address) {
  if (!loaded.has(address)) {
    const asked = fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${address}`);
      return answer.json().then(decode);
    });
    asked.catch(() => loaded.delete(address));
    loaded.set(address, asked);
  }
  return loaded.get(address);
}

export function toPlane(longitude, latitude) {
  return [across(longitude) - CENTRE[0], down(latitude) - CENTRE[1]];
}
