// What the page is made of: asking the server, saying things, small pieces of the document. Every text is set as text.

export const root = new URL("../", import.meta.url);
export const $ = id => document.getElementById(id);

export async function get(path, query = {}) {
  const url = new URL(path, root);
  for (const [name, value] of Object.entries(query)) if (value !== "" && value !== false) url.searchParams.set(name, value);
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
  return response.json();
}

// ---- saying things

export const number = value => value == null ? "–" : Math.round(value).toLocaleString("en");
export const percent = (part, whole) => whole ? `${(part / whole * 100).toFixed(part === whole || part === 0 ? 0 : 1)} %` : "–";

export function duration(microseconds) {
  if (microseconds == null) return "–";
  if (microseconds < 10) return `${+microseconds.toFixed(1)} µs`;
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  const milliseconds = microseconds / 1000;
  return milliseconds < 1000 ? `${+milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms` : `${+(milliseconds / 1000).toFixed(1)} s`;
}

export function bytes(value) {
  if (value == null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) [value, at] = [value / 1024, at + 1];
  return `${at && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

export function span(value) {
  const whole = Math.max(0, Math.round(value));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return whole < 172_800 ? `${Math.floor(whole / 3600)} h` : `${Math.floor(whole / 86_400)} days`;
}

export function say(text, isBad = false) {
  $("said").textContent = text;
  $("said").classList.toggle("bad", isBad);
}

export function cell(row, content, className = "", label = "") {
  const made = row.insertCell();
  made.append(content);
  if (className) made.className = className;
  if (label) made.dataset.label = label;
  return made;
}

export function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const levelTag = level => make("span", { className: `tag ${level.toLowerCase()}` }, level.toLowerCase());

// ---- a question before what cannot be undone

export function confirmed(title, text, yes) {
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  const dialog = $("confirm");
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
