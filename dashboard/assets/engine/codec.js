// One sign for each unit, as dashboard/maps/encoding.py writes them.
// A number >= 0 is a figure; below it stand the ways to have none, and the classes without a number.

const LAST = "0123456789abcdefghijklmnopqrstuvwxyz";
const MORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ#$%&'()*+,";

export const HIDDEN = -1;
export const SILENT = -2;
export const APART = -3;
export const NO_CELL = -4;
export const OUTSIDE = -5;
export const CLASS = { "-11": "none", "-12": "lower", "-13": "middle", "-14": "higher" };

const SIGNS = { "!": HIDDEN, "?": SILENT, "~": APART, "-": NO_CELL, " ": OUTSIDE };
"_:;<".split("").forEach((sign, n) => {
  SIGNS[sign] = -11 - n;
});

export function unpack(text) {
  const values = [];
  let begun = 0;
  for (const sign of text) {
    const more = MORE.indexOf(sign);
    if (more >= 0) {
      begun = begun * 36 + more;
      continue;
    }
    const last = LAST.indexOf(sign);
    values.push(last >= 0 ? begun * 36 + last : SIGNS[sign]);
    begun = 0;
  }
  return values;
}
