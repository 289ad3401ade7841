// Keeps the chart that stands above as a picture: what is saved is what is seen.

import { saveBlob } from "./picture.js";
import { element } from "./table.js";

function chartAbove(node) {
  for (let at = node; at && at !== document.body; at = at.parentElement) {
    for (let before = at.previousElementSibling; before; before = before.previousElementSibling) {
      const drawings = before.querySelectorAll('[data-testid="stVegaLiteChart"] svg.marks');
      if (drawings.length) return drawings[drawings.length - 1];
    }
  }
  return null;
}

export function offer({ parentElement, data }) {
  const root = parentElement.querySelector("[data-sima-chart]") || parentElement;
  const button = element("button", { type: "button", class: "sima-keep" }, data.text);
  button.addEventListener("click", () => {
    const drawn = chartAbove(root);
    if (!drawn) return;
    const copy = drawn.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const text = new XMLSerializer().serializeToString(copy);
    saveBlob(new Blob([text], { type: "image/svg+xml" }), `${data.name}.svg`);
  });
  root.replaceChildren(button);
}
