// Runs in every page that is measured, and tells the bench when a person acted and
// when a change was painted. One rule for every way: once the change is in the DOM or on the canvas,
// the next animation frame begins after the browser painted it; that frame is the time.
(() => {
  if (window !== window.top) { return; }
  const tell = (what, at, token) => { if (window.benchSaw) { window.benchSaw(what, at, token); } };
  const painted = (token) => requestAnimationFrame(
    () => tell("painted", performance.timeOrigin + performance.now(), token));

  document.addEventListener(
    "pointerup", (event) => tell("input", performance.timeOrigin + event.timeStamp, ""), true);

  // A list of the browser's own tells its page of a choice by this event, at once.
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) {
      tell("input", performance.timeOrigin + event.timeStamp, "");
    }
  }, true);

  // Ours and bare Leaflet draw on a canvas, and say in the frame of drawing that they did.
  document.addEventListener("sima-painted", (event) => {
    const map = event.composedPath().find((each) => each.dataset && "painted" in each.dataset);
    painted(map ? map.dataset.painted : "");
  }, true);

  // A stock map says nothing. Its frame has an SVG path for each ward, made in one go: look once an
  // animation frame at how many there are and at the fill of some of them. The frame is made anew
  // at every change and its first document is not its last, so it is looked into from outside.
  let last = "";
  const look = () => {
    for (const frame of document.querySelectorAll("iframe")) {
      const inner = frame.contentDocument;
      const paths = inner && inner.querySelectorAll(".leaflet-overlay-pane svg g > path");
      if (!paths || !paths.length) { continue; }
      const some = Array.from({length: 16}, (_, n) => paths[Math.floor((paths.length * n) / 16)]);
      const token = `${some.map((path) => path.getAttribute("fill")).join()}|now|${paths.length}`;
      if (token !== last) { last = token; painted(token); }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
