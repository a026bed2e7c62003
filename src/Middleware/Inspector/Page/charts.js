// Charts of the last minutes, drawn as SVG. Every text is set as text; nothing is parsed as markup.

const space = "http://www.w3.org/2000/svg";
const windows = [60, 120, 300];
const margin = { top: 10, right: 12, bottom: 24, left: 54 };

export function element(name, attributes = {}, text) {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/// One chart. `series`: { name, className, value: second => number | null }; `stacked`: areas on top of each other, else lines.
export class Chart {
  constructor(host, { label, series, format, scale = "linear", stacked = false, most = null }) {
    Object.assign(this, { host, label, series, format, scale, stacked, most, seconds: windows[0], data: [], at: null });
    this.svg = element("svg", { role: "img", tabindex: "0", "aria-label": label });
    this.legend = document.createElement("ul");
    this.legend.className = "legend";
    this.values = series.map(each => {
      const item = document.createElement("li");
      const mark = document.createElement("span");
      mark.className = `mark ${each.className}`;
      const value = document.createElement("b");
      item.append(mark, `${each.name} `, value);
      this.legend.append(item);
      return value;
    });
    this.moment = document.createElement("li");
    this.moment.className = "moment";
    this.legend.append(this.moment);
    host.append(this.svg, this.legend);
    new ResizeObserver(() => this.draw()).observe(host);
    this.svg.addEventListener("pointermove", event => this.pick(event.clientX));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    this.svg.addEventListener("blur", () => this.point(null));
    this.svg.addEventListener("keydown", event => this.step(event));
  }

  show(data) {
    this.data = data;

    // As long as there is little to show, it has all of the room.
    this.seconds = windows.find(each => each >= data.length) ?? windows.at(-1);
    this.draw();
  }

  // ---- where the eye is: by pointer, or by arrow keys

  pick(clientX) {
    const box = this.svg.getBoundingClientRect();
    const part = (clientX - box.left - margin.left) / (box.width - margin.left - margin.right);
    this.point(this.data.length ? Math.round(Math.min(1, Math.max(0, part)) * (this.seconds - 1)) - (this.seconds - this.data.length) : null);
  }

  step(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
    if (event.key === "Escape") this.point(null);
    else if (event.key in steps) this.point((this.at ?? this.data.length) + steps[event.key]);
    else return;
    event.preventDefault();
  }

  point(at) {
    this.at = at === null || !this.data.length ? null : Math.max(0, Math.min(this.data.length - 1, at));
    this.draw();
  }

  // ---- drawing

  draw() {
    const width = this.host.clientWidth, height = 190;
    if (!width) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
    const x = index => margin.left + (index + this.seconds - this.data.length) / (this.seconds - 1) * inner.width;
    const rows = this.data.map(second => this.series.map(each => each.value(second)));
    const { y, ticks } = this.axis(rows, inner);
    const parts = [];
    for (const tick of ticks) {
      parts.push(element("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick) }));
      parts.push(element("text", { class: "tick", x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }, this.format(tick)));
    }

    const step = this.seconds <= 120 ? this.seconds / 4 : 60;
    for (let ago = 0; ago <= this.seconds; ago += step) {
      const at = margin.left + (1 - ago / this.seconds) * inner.width;
      const anchor = ago === 0 ? "end" : ago === this.seconds ? "start" : "middle";
      const text = ago === 0 ? "now" : this.seconds <= 120 ? `−${ago} s` : `−${ago / 60} min`;
      if (inner.width > 340 || ago === 0 || ago === this.seconds) parts.push(element("text", { class: "tick", x: at, y: height - 6, "text-anchor": anchor }, text));
    }

    parts.push(...(this.stacked ? this.areas(rows, x, y) : this.lines(rows, x, y)));
    const at = this.at ?? this.data.length - 1;
    if (this.at !== null) parts.push(element("line", { class: "cursor", x1: x(at), x2: x(at), y1: margin.top, y2: margin.top + inner.height }));
    this.svg.replaceChildren(...parts);
    this.tell(rows, at);
  }

  tell(rows, at) {
    const row = this.at !== null ? rows[at] : this.latest(rows);
    this.values.forEach((value, i) => value.textContent = row?.[i] == null ? "–" : this.format(row[i]));
    const when = this.at !== null && this.data[at] ? new Date(this.data[at].at * 1000).toLocaleTimeString([], { hour12: false }) : "";
    this.moment.textContent = when;
    this.svg.setAttribute("aria-label", `${this.label}${when ? ` at ${when}` : ", the latest"}: ${this.series.map((each, i) => `${each.name} ${this.values[i].textContent}`).join(", ")}`);
  }

  // A second without any reads tells nothing; the last one that does is the latest. What is counted is zero then, and is the latest.
  latest(rows) {
    if (this.stacked) return rows.at(-1);
    return rows.slice(-30).findLast(row => row.some(value => value !== null));
  }

  axis(rows, inner) {
    const bottom = margin.top + inner.height;
    if (this.scale === "log") {
      const values = rows.flat().filter(value => value > 0);
      const low = Math.floor(Math.log10(Math.max(0.1, Math.min(...values, 100))));
      const high = Math.max(low + 2, Math.ceil(Math.log10(Math.max(...values, 1000))));
      const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
      return { ticks, y: value => bottom - Math.max(0, (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * inner.height };
    }

    const highest = this.most ?? nice(Math.max(4, ...rows.map(row => this.stacked ? row.reduce((sum, value) => sum + value, 0) : Math.max(...row))));
    return { ticks: [0, highest / 4, highest / 2, highest * 3 / 4, highest], y: value => bottom - value / highest * inner.height };
  }

  lines(rows, x, y) {
    return this.series.map((each, column) => {
      let path = "", isDown = false;
      rows.forEach((row, i) => {
        if (row[column] === null) isDown = false;
        else {
          // A single second between two without reads is still a dot.
          path += `${isDown ? "L" : "M"}${x(i).toFixed(1)} ${y(row[column]).toFixed(1)}${!isDown && rows[i + 1]?.[column] == null ? "h.1" : ""}`;
          isDown = true;
        }
      });
      return element("path", { class: `line ${each.className}`, d: path });
    });
  }

  areas(rows, x, y) {
    const below = rows.map(() => 0);
    return this.series.map((each, column) => {
      const from = rows.map((_, i) => `${x(i).toFixed(1)} ${y(below[i]).toFixed(1)}`);
      rows.forEach((row, i) => below[i] += row[column]);
      const to = rows.map((_, i) => `${x(i).toFixed(1)} ${y(below[i]).toFixed(1)}`);
      return element("path", { class: `area ${each.className}`, d: rows.length ? `M${to.join("L")}L${from.reverse().join("L")}Z` : "" });
    });
  }
}

// The next of 4, 8, 12, 20, 40, 80 …: a quarter of it is a whole number.
function nice(value) {
  const size = 10 ** Math.floor(Math.log10(value / 4));
  return [4, 8, 12, 20, 40].map(each => each * size).find(each => each >= value);
}
