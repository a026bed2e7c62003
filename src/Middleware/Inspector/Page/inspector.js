// The inspector's page. What comes from the cache is only ever set as text: a script in a key or value stays text.
import { Chart } from "./charts.js";
import { $, bytes, cell, confirmed, duration, get, levelTag, make, number, percent, root, say, span } from "./parts.js";

const seconds = 300;
const shownFirst = 20;
let state = null, shown = shownFirst, figures = null, levels = [], history = [], paused = false, lastSecond = 0;

// ---- talking to the server

async function post(path, request, again = true) {
  const response = await fetch(new URL(path, root), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Cache-Inspector": state.token },
    body: JSON.stringify(request),
  });
  const answer = await response.json().catch(() => ({ outcome: `Status ${response.status}` }));
  if (response.status === 403 && again && !("id" in request && !state.manages)) {
    // The token is good for an hour, and for who was signed in then.
    await begin();
    return post(path, request, false);
  }

  return { ...answer, ok: response.ok };
}

// ---- figures

const count = (second, name, level) => levels.reduce((sum, each, i) => level && each !== level ? sum : sum + second.counts[i * figures.length + figures.indexOf(name)], 0);
const near = (second, level) => count(second, "RequestHit", level) + count(second, "LocalHit", level);
const hits = (second, level) => near(second, level) + count(second, "SharedHit", level) + count(second, "Stale", level);
const misses = (second, level) => count(second, "Miss", level) + count(second, "Failed", level);
const reads = (second, level) => hits(second, level) + misses(second, level);
const sum = (data, of) => data.reduce((total, second) => total + of(second), 0);

const charts = [
  new Chart($("chart-ratio"), {
    label: "Hit ratio", most: 100, format: value => `${Math.round(value)} %`,
    series: [{ name: "Hits", className: "hit", value: second => reads(second) ? hits(second) / reads(second) * 100 : null }],
  }),
  new Chart($("chart-latency"), {
    label: "How long reads take", scale: "log", format: duration,
    series: [
      { name: "Median", className: "hit", value: second => second.median },
      { name: "95 of 100", className: "slow", value: second => second.percentile95 },
    ],
  }),
  new Chart($("chart-reads"), {
    label: "Reads a second", stacked: true, format: value => value >= 1000 ? `${+(value / 1000).toFixed(1)} k` : `${+value.toFixed(1)}`,
    series: [
      { name: "Memory", className: "near", value: near },
      { name: "Shared cache", className: "shared", value: second => count(second, "SharedHit") },
      { name: "Stale", className: "stale", value: second => count(second, "Stale") },
      { name: "Missed", className: "miss", value: misses },
    ],
  }),
];

async function showStatistics() {
  const answer = await get("stats", { after: lastSecond || "", reveal: $("reveal").checked });
  ({ figures, levels } = answer);
  history = [...history, ...answer.seconds].slice(-seconds);
  lastSecond = history.at(-1)?.at ?? 0;
  for (const chart of charts) chart.show(history);
  const [all, found, now] = [sum(history, reads), sum(history, hits), history.slice(-5)];
  const medians = history.filter(second => second.median !== null).map(second => second.median).sort((a, b) => a - b);
  const slow = history.filter(second => second.percentile95 !== null).map(second => second.percentile95);
  $("tile-ratio").textContent = percent(found, all);
  $("tile-reads").textContent = `${number(all)} reads in five minutes`;
  $("tile-median").textContent = duration(medians[medians.length >> 1]);
  $("tile-slow").textContent = slow.length ? `up to ${duration(Math.max(...slow))} for 95 of 100` : "no reads yet";
  $("tile-rate").textContent = now.length ? number(sum(now, reads) / now.length) : "–";
  $("tile-writes").textContent = `${number(sum(history, second => count(second, "Write")))} writes, ${number(sum(history, second => count(second, "Removal")))} removals`;
  $("tile-local").textContent = number(answer.local.entries);
  $("tile-local-bytes").textContent = `${bytes(answer.local.bytes)} of ${bytes(answer.local.capacity)}`;
  $("levels").replaceChildren(...levels.map(level => {
    const row = document.createElement("tr");
    const own = sum(history, second => reads(second, level));
    cell(row, levelTag(level));
    cell(row, number(own), "number");
    cell(row, percent(sum(history, second => hits(second, level)), own), "number");
    cell(row, number(sum(history, second => count(second, "Write", level))), "number");
    cell(row, number(sum(history, second => count(second, "Removal", level))), "number");
    return row;
  }));
  showCustomers(answer.customers);
}

function showCustomers(customers) {
  $("customers").replaceChildren(...customers.slice(0, 12).map(customer => {
    const row = document.createElement("tr");
    const name = cell(row, make("code", {}, customer.customer ?? customer.scope ?? "all others"));
    if (customer.own) name.append(" ", make("span", { className: "you" }, "you"));
    cell(row, number(customer.hits + customer.misses), "number");
    cell(row, percent(customer.hits, customer.hits + customer.misses), "number");
    cell(row, duration(customer.meanMicroseconds), "number");
    return row;
  }));
  if (!customers.length) {
    const row = $("customers").insertRow();
    cell(row, "No customer’s entry was read yet.", "soft").colSpan = 4;
  }
}

async function showServers() {
  const servers = await get("servers");
  const answering = servers.filter(server => !server.fault).length;
  $("servers-count").textContent = servers.length > 1 ? answering === servers.length ? `All ${number(answering)} answer` : `${number(answering)} of ${number(servers.length)} answer` : "";
  $("servers-count").classList.toggle("bad", answering < servers.length);
  $("servers").replaceChildren(...servers.map(serverRow));
}

function serverRow(server) {
  const row = document.createElement("tr");
  const name = cell(row, make("code", {}, server.name), "name");
  if (server.fault) {
    if (server.state) name.append(" ", make("span", { className: "open-tag" }, server.state.toLowerCase()));
    cell(row, server.fault, server.state ? "bad why" : "soft why").colSpan = 5;
    return row;
  }

  name.append(" ", make("small", { className: "soft" }, `memcached ${server.version ?? "?"}`));
  const memory = cell(row, "", "", "Memory");
  if (server.bytes != null && server.capacity) {
    const meter = make("meter", { max: server.capacity, value: server.bytes, high: server.capacity * 0.9 });
    meter.setAttribute("aria-label", "Memory in use");
    memory.append(meter, ` ${bytes(server.bytes)} of ${bytes(server.capacity)}`);
  } else {
    memory.append("–");
  }

  cell(row, number(server.items), "number", "Items");
  cell(row, number(server.evictions), "number", "Evictions");
  cell(row, number(server.connections), "number", "Connections");
  cell(row, server.uptimeSeconds == null ? "–" : span(server.uptimeSeconds), "number", "Up for");
  return row;
}

// ---- keys

let asked = 0;
async function showKeys() {
  const turn = ++asked;
  const answer = await get("keys", { search: $("search").value, level: $("level-filter").value, reveal: $("reveal").checked, take: 1000 });
  if (turn !== asked) return;
  const focused = document.activeElement?.closest?.("#keys button");
  const kept = focused && { id: focused.closest("tr").dataset.id, action: focused.dataset.action };
  const now = Date.now();
  $("keys").replaceChildren(...answer.keys.slice(0, shown).map(key => keyRow(key, now)));
  $("more").hidden = answer.keys.length <= shown;
  $("more").textContent = `Show all ${number(answer.keys.length)}`;
  if (kept) document.querySelector(`#keys tr[data-id="${kept.id}"] button[data-action="${kept.action}"]`)?.focus();
  $("keys-count").textContent = `${number(answer.known)} remembered, ${number(state.capacity)} at most`;
  $("keys-empty").hidden = answer.keys.length > 0;
  $("keys-empty").textContent = !state.remembersKeys ? "Recent keys are off. The setting Cache:RecentKeys turns them on."
    : $("search").value || $("level-filter").value ? "No key like that." : "No key was used yet.";
}

function keyRow(key, now) {
  const row = document.createElement("tr");
  row.dataset.id = key.id;
  const name = cell(row, "", "key");
  if (key.key === null) name.append(make("span", { className: "soft" }, "another customer’s, "), make("code", {}, key.id));
  else {
    if (key.view) name.append(make("span", { className: "view" }, key.view), " ");
    name.append(make("code", {}, key.key === "" ? "(empty)" : key.key));
  }

  if (key.encrypted === false) name.append(" ", make("span", { className: "open-tag" }, "not encrypted"));
  cell(row, levelTag(key.level), "", "Level");
  const scope = cell(row, key.scope ? make("code", {}, key.customer ?? key.scope) : "–", "", "Scope");
  if (key.own) scope.append(" ", make("span", { className: "you" }, "you"));
  cell(row, number(key.hits), "number", "Hits");
  cell(row, bytes(key.size), "number", "Size");
  cell(row, key.expiresAt ? span((new Date(key.expiresAt) - now) / 1000) : key.size == null ? "–" : "never", "number", "Ends in");
  cell(row, `${span((now - new Date(key.usedAt)) / 1000)} ago`, "number", "Used");
  const actions = cell(row, "", "actions");
  const called = key.key ?? key.id;
  if (state.readsValues && (key.own || !key.scope)) actions.append(action("Read", "plain", `Read ${called}`, () => read({ id: key.id }, called)));
  if (key.own || state.manages) actions.append(action("Bust", "risky", `Bust ${called}`, () => bust({ id: key.id }, called)));
  if (state.manages && !key.own && key.scope) actions.append(action("Clear scope", "risky", `Clear the scope of ${called}`, () => clear({ id: key.id }, `scope ${key.scope}, ${key.level} level`)));
  return row;
}

function action(text, className, label, run) {
  const made = make("button", { type: "button", className: `small ${className}` }, text);
  made.dataset.action = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", () => attempt(run));
  return made;
}

// ---- what a person does

async function read(request, called) {
  const answer = await post("read", request);
  if (!answer.ok) return say(`It was refused: ${answer.reason ?? answer.outcome}`, true);
  const found = answer.outcome === "Hit" || answer.outcome === "Stale";
  $("value-title").textContent = called;
  $("value-facts").textContent = found
    ? [answer.form, `${number(answer.size)} bytes`, answer.outcome === "Stale" ? "stale" : "", answer.expiresAt ? `ends ${new Date(answer.expiresAt).toLocaleString()}` : "never ends", answer.isCut ? "only the beginning is shown" : ""].filter(Boolean).join(", ")
    : { Miss: "There is no such entry any more.", Unopenable: "What is there does not open.", Outdated: "It was cleared.", Unavailable: "The cache could not be asked." }[answer.outcome] ?? answer.outcome;
  $("value-text").hidden = !found;
  $("value-text").textContent = found ? pretty(answer) : "";
  $("value").showModal();
}

function pretty({ form, text, isCut }) {
  if (form !== "Json" || isCut) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function change(path, request, done) {
  const answer = await post(path, request);
  if (!answer.ok) return say(`It was refused: ${answer.reason ?? answer.outcome}`, true);
  say({ NotFound: "There was nothing to remove.", Undelivered: "It was not delivered: it may still be there.", NotStored: "It was not stored." }[answer.outcome] ?? done, answer.outcome === "Undelivered" || answer.outcome === "NotStored");
  await showKeys();
}

async function bust(request, called) {
  if (await confirmed("Bust this entry?", `“${called}” will be a miss for everybody, at once.`, "Bust it")) await change("remove", request, `“${called}” is gone.`);
}

async function clear(request, called) {
  if (await confirmed("Clear the whole scope?", `Every entry of ${called} will be a miss, views included.`, "Clear it")) await change("clear", request, `Cleared: ${called}.`);
}

async function attempt(run) {
  try {
    await run();
  } catch (error) {
    say(`That did not work: ${error.message}.`, true);
  }
}

const own = () => ({ level: $("own-level").value, view: $("own-view").value, key: $("own-key").value });
const ownScope = () => $("own-level").value === "Service" ? "the service level, which all customers share" : `your ${$("own-level").value === "Stack" ? "customer" : "session"}`;

async function write(path) {
  const given = $("own-seconds").value.trim();
  await change(path, { ...own(), value: $("own-value").value, json: $("own-json").value === "true", seconds: given ? Number(given.replace(",", ".")) : null }, "Stored.");
}

const on = (id, event, run) => $(id).addEventListener(event, happened => {
  happened.preventDefault();
  attempt(run);
});
on("own-form", "submit", () => read(own(), $("own-key").value));
on("own-remove", "click", () => bust(own(), $("own-key").value));
on("own-set", "click", () => write("set"));
on("own-update", "click", () => write("update"));
on("tag-form", "submit", async () => {
  const tag = $("tag").value;
  if (await confirmed("Bust this tag?", `Every entry of ${ownScope()} with the tag “${tag}” will be a miss.`, "Bust it")) await change("remove-tag", { level: $("own-level").value, tag }, `The tag “${tag}” is gone.`);
});
on("clear", "click", () => clear({ level: $("own-level").value }, ownScope()));
on("search-form", "submit", showKeys);
on("search", "input", showKeys);
on("level-filter", "change", showKeys);
$("reveal").addEventListener("change", () => attempt(async () => {
  await showKeys();
  await showStatistics();
}));
$("more").addEventListener("click", () => {
  shown = 1000;
  attempt(showKeys);
});
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  $("pause").textContent = paused ? "Go on" : "Pause";
});

// ---- start, and once a second

async function begin() {
  state = await get("state");
  $("where").textContent = `${state.machine}, process ${state.process}`;
  $("who").replaceChildren(...(state.customer ? ["You are customer ", make("code", {}, state.customer), state.session ? ", with a session" : ", without a session"] : ["You are no customer here"]));
  $("reveal-label").hidden = !state.manages;
  $("own-read").hidden = !state.readsValues;
  $("write-part").hidden = !state.writesValues;
}

let beats = 0;
async function beat() {
  if (!paused && !document.hidden) {
    try {
      await showStatistics();
      if (beats % 3 === 0 && !document.querySelector("dialog[open]")) await showKeys();
      if (beats % 5 === 0) await showServers();
      beats++;
      document.body.classList.remove("lost");
    } catch (error) {
      document.body.classList.add("lost");
      say(`The server does not answer: ${error.message}.`, true);
    }
  }

  setTimeout(beat, 1000);
}

try {
  await begin();
  document.body.dataset.ready = "true";
  beat();
} catch (error) {
  say(`The inspector did not start: ${error.message}.`, true);
}
