// The national map of municipalities: one focus stop, arrow keys to neighbours, Enter opens, values set classes.
const root = document.getElementById("national-map");
const view = root.querySelector(".map-view");
const says = root.querySelector(".map-says");
const legend = root.querySelector(".legend");
const measure = document.getElementById("map-measure");
const language = document.documentElement.lang;
let names = {};
let current = null;

async function load() {
  const [drawing, known] = await Promise.all([
    fetch(root.dataset.svg).then((answer) => answer.text()),
    fetch(root.dataset.values).then((answer) => answer.json()),
  ]);
  names = known.areas;
  const svg = new DOMParser().parseFromString(drawing, "image/svg+xml").documentElement;
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  view.replaceChildren(document.adoptNode(svg));
  const whole = svg.viewBox.baseVal;
  const home = [whole.x, whole.y, whole.width, whole.height];
  const paths = [...svg.querySelectorAll("path[data-c]")];
  const middle = new Map();
  const middleOf = (path) => {
    if (!middle.has(path)) {
      const box = path.getBBox();
      middle.set(path, [box.x + box.width / 2, box.y + box.height / 2]);
    }
    return middle.get(path);
  };

  const look = (box) => svg.setAttribute("viewBox", box.join(" "));
  const box = () => [whole.x, whole.y, whole.width, whole.height];
  function zoom(factor, at) {
    const [x, y, width, height] = box();
    const [cx, cy] = at || (current ? middleOf(current) : [x + width / 2, y + height / 2]);
    const wide = Math.min(home[2], Math.max(home[2] / 40, width * factor));
    const high = (wide * home[3]) / home[2];
    const left = cx - ((cx - x) / width) * wide;
    const top = cy - ((cy - y) / height) * high;
    look([keep(left, home[0], home[2], wide), keep(top, home[1], home[3], high), wide, high]);
  }
  const keep = (from, start, size, part) => Math.min(start + size - part, Math.max(start, from));
  function show(path) {
    const [x, y, width, height] = box();
    const [cx, cy] = middleOf(path);
    if (cx < x || cy < y || cx > x + width || cy > y + height) {
      look([keep(cx - width / 2, home[0], home[2], width), keep(cy - height / 2, home[1], home[3], height), width, height]);
    }
  }

  function choose(path) {
    if (!path) return;
    current?.classList.remove("focused");
    current = path;
    path.classList.add("focused");
    path.parentNode.appendChild(path);
    show(path);
    tell(path);
  }
  function tell(path) {
    const [name, , value] = names[path.dataset.c] || [path.dataset.c];
    says.textContent = value === undefined ? name : `${name}: ${value.toLocaleString(language)}`;
  }
  function beside(dx, dy) {
    if (!current) return paths[0];
    const [x, y] = middleOf(current);
    let best = null;
    let least = Infinity;
    for (const path of paths) {
      if (path === current) continue;
      const [px, py] = middleOf(path);
      const along = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (along > 0 && along + 2 * aside < least) {
        least = along + 2 * aside;
        best = path;
      }
    }
    return best;
  }
  const open = (path) => path && location.assign(root.dataset.area.replace("000000", path.dataset.c));

  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  view.addEventListener("keydown", (event) => {
    if (steps[event.key]) choose(beside(...steps[event.key]));
    else if (event.key === "Enter") open(current);
    else if (event.key === "+") zoom(0.6);
    else if (event.key === "-") zoom(1 / 0.6);
    else if (event.key === "0") look(home);
    else return;
    event.preventDefault();
  });
  view.addEventListener("focus", () => choose(current || paths.find((path) => path.dataset.c === "131016") || paths[0]));

  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  let pulled = null;
  svg.addEventListener("pointerdown", (event) => { pulled = { at: place(event), moved: false }; });
  svg.addEventListener("pointermove", (event) => {
    const path = event.target.closest("path[data-c]");
    if (pulled && event.buttons && event.pointerType === "mouse") {
      const [x, y] = place(event);
      const [left, top, width, height] = box();
      if (Math.hypot(x - pulled.at[0], y - pulled.at[1]) > width / 100) pulled.moved = true;
      if (pulled.moved) look([keep(left - x + pulled.at[0], home[0], home[2], width), keep(top - y + pulled.at[1], home[1], home[3], height), width, height]);
    } else if (path) tell(path);
  });
  svg.addEventListener("click", (event) => {
    if (!pulled?.moved) open(event.target.closest("path[data-c]"));
    pulled = null;
  });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, place(event));
  }, { passive: false });
  root.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    if (button.dataset.zoom === "all") look(home);
    else zoom(button.dataset.zoom === "in" ? 0.6 : 1 / 0.6);
  }));

  async function colour() {
    const answer = await fetch(`${root.dataset.values}?measure=${encodeURIComponent(measure.value)}`);
    const values = await answer.json();
    names = values.areas;
    for (const path of paths) {
      const step = names[path.dataset.c]?.[1];
      path.setAttribute("class", step ? `v${step}` : "unknown");
    }
    current?.classList.add("focused");
    const isEmpty = values.year === null;
    says.textContent = isEmpty ? (measure.value ? says.dataset.none : "") : `${values.year} ${says.dataset.year}`;
    legend.hidden = isEmpty;
    legend.replaceChildren(...(isEmpty ? [] : key(values.steps)));
  }
  function key(borders) {
    const number = (value) => value.toLocaleString(language);
    return [0, 1, 2, 3, 4].map((step) => {
      const item = document.createElement("li");
      const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const square = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      square.setAttribute("class", `v${step + 1}`);
      square.setAttribute("width", "22");
      square.setAttribute("height", "14");
      sign.setAttribute("aria-hidden", "true");
      sign.append(square);
      const low = step ? number(borders[step - 1]) : "";
      const high = step < 4 ? number(borders[step]) : "";
      item.append(sign, `${low} – ${high}`);
      return item;
    });
  }
  measure.addEventListener("change", colour);
  colour();
}

load();
