const coreTime = 200_000; // microseconds a call of the core system takes
const people = { "Alder Savings": ["Ana", "Bruno"], "Birch Mutual": ["Ana", "Dana"], "Cedar Bank": ["Emil", "Femi"] };
const languages = ["en", "es", "fr"];

const $ = id => document.getElementById(id);
let me = null;
let hits = 0, reads = 0, saved = 0;

// ---- talking to the server

async function send(method, path, content) {
  const started = performance.now();
  const response = await fetch(path, {
    method,
    headers: content ? { "Content-Type": "application/json" } : {},
    body: content ? JSON.stringify(content) : undefined,
    cache: "no-store", // to see what the server does, and not what the browser kept
  });
  const text = await response.text();
  const type = response.headers.get("Content-Type") ?? "";
  const body = !text ? null : type.includes("json") ? JSON.parse(text) : type.includes("html") ? summary(text, response.headers) : null;
  const [cache, trip] = [parse(response.headers.get("X-Cache")), performance.now() - started];

  // The header of a page goes out while it is rendered: of a miss it tells how long the look took.
  if (cache && !cache.hit && type.includes("html")) cache.microseconds = trip * 1000;
  return { method, path, status: response.status, ok: response.ok, body, cache, trip };
}

// What a cached page says of itself.
function summary(text, headers) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return {
    "rendered for": page.getElementById("rendered-for").textContent,
    "when asked by": page.getElementById("asked-by").textContent,
    "rendered at": new Date(page.getElementById("rendered-at").dateTime).toLocaleTimeString(),
    "age": `${headers.get("Age") ?? 0} s`,
    "size": `${(new Blob([text]).size / 1024).toFixed(1)} KB`,
  };
}

function parse(header) {
  if (!header) return null;
  const [level, outcome, microseconds] = header.split(",")[0].split(";").map(part => part.trim());
  return { level, hit: outcome === "hit", microseconds: Number(microseconds) };
}

// A read that another request needs first: it counts, and is in the list, but is not the answer that is shown.
async function read(path) {
  const answer = await send("GET", path);
  count(answer);
  log(answer);
  return answer;
}

async function ask(method, path, content, said) {
  const answer = await send(method, path, content);
  if (answer.status === 401) {
    showSignedOut();
    return answer;
  }

  count(answer);
  show(answer, said);
  log(answer);
  $("core").textContent = Object.values((await send("GET", "/api/core/calls")).body ?? {}).reduce((sum, calls) => sum + calls, 0);
  return answer;
}

// ---- what the buttons do

const asks = {
  accounts: async () => known = { owner: me.customer, accounts: (await ask("GET", "/api/accounts")).body },
  account: async () => ask("GET", `/api/accounts/${(await myAccounts())[0].id}`),
  transfer: async () => {
    const [from, to] = await myAccounts();
    await ask("POST", `/api/accounts/${from.id}/transfer`, { to: to.id, amount: 25 },
      `25.00 went from ${from.name} to ${to.name}. The list, both accounts and the statement were removed from the cache: ask again.`);
  },
  statement: () => ask("GET", "/statement"),
  evict: () => ask("DELETE", "/statement", undefined, "The page of this customer was removed from the cache: ask again."),
  preferences: () => ask("GET", "/api/preferences"),
  language: async () => {
    const now = (await read("/api/preferences")).body;
    const language = languages[(languages.indexOf(now.language) + 1) % languages.length];
    await ask("PUT", "/api/preferences", { ...now, language }, `This session’s language is now “${language}”.`);
  },
  rates: () => ask("GET", "/api/rates"),
};

// Account numbers do not change, so they are asked for once per customer.
let known = null;
async function myAccounts() {
  if (known?.owner !== me.customer) known = { owner: me.customer, accounts: (await read("/api/accounts")).body };
  return known.accounts;
}

async function signIn(customer, user) {
  const answer = await send("POST", "/sign-in", { customer, user });
  if (!answer.ok) return;
  be(answer.body);
  log(answer);
}

function be(somebody) {
  me = somebody;
  $("who").textContent = me ? `${me.user} of ${me.customer}` : "nobody is signed in";
  $("sign-out").hidden = !me;
  for (const button of document.querySelectorAll("[data-ask]")) button.disabled = !me;
  for (const button of $("people").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset.customer === me?.customer && button.dataset.user === me?.user));
}

// ---- showing what came back

function count({ cache }) {
  if (!cache) return;
  reads++;
  if (cache.hit) {
    hits++;
    saved += Math.max(0, coreTime - cache.microseconds);
  }
  $("hits").textContent = `${hits} of ${reads}`;
  $("saved").textContent = saved < 1e6 ? `${Math.round(saved / 1000)} ms` : `${(saved / 1e6).toFixed(1)} s`;
}

function show(answer, said) {
  const { cache, method, path, status } = answer;
  const panel = document.querySelector(".readout");
  panel.className = `panel readout ${cache?.level ?? ""}${cache && !cache.hit ? " missed" : ""}`;
  $("verdict").textContent = cache ? (cache.hit ? "Hit" : "Miss") : answer.ok ? "Done" : `Refused`;
  $("took").textContent = cache ? duration(cache.microseconds) : "";
  $("said").textContent = cache
    ? cache.hit ? `From the ${cache.level} level, without asking the core system.` : `Not at the ${cache.level} level: the core system was asked.`
    : answer.ok ? said : answer.body?.detail ?? `${method} ${path} was answered with ${status}.`;
  $("strip").hidden = false;
  $("strip").className = `strip ${cache?.level ?? ""}`;
  $("strip").textContent = cache ? `${$("verdict").textContent}, ${cache.level} level, ${duration(cache.microseconds)}` : $("verdict").textContent;
  $("scale").hidden = !cache;
  if (cache) {
    $("bar").classList.toggle("over", !cache.hit);
    $("bar").style.width = `${Math.min(100, cache.microseconds / coreTime * 100)}%`;
    $("bar-label").textContent = `this answer, ${duration(cache.microseconds)}`;
  }
  $("body").replaceChildren(...(answer.body && answer.ok ? [render(answer.body)] : []));
}

function showSignedOut() {
  be(null);
  $("verdict").textContent = "Signed out";
  $("said").textContent = "The server does not know who is asking. Choose a person.";
}

function render(body) {
  if (Array.isArray(body)) return table(body.map(account => [account.id, account.name, money(account.balance)]));
  if (body.rates) return table([...body.rates.map(rate => [`1 ${rate.currency}`, `${rate.euros} EUR`]), ["made at", new Date(body.madeAt).toLocaleTimeString()]]);
  return table(Object.entries(body).map(([name, value]) => [name, name === "balance" ? money(value) : value]));
}

function table(rows) {
  const made = document.createElement("table");
  for (const row of rows) {
    const line = made.insertRow();
    row.forEach((text, at) => cell(line, text, at === row.length - 1 ? "number" : ""));
  }
  return made;
}

function log({ method, path, status, cache, trip }) {
  $("log-empty").hidden = true;
  const line = document.createElement("tr");
  cell(line, new Date().toLocaleTimeString([], { hour12: false }));
  cell(line, me ? `${me.user}, ${me.customer}` : "–");
  cell(line, `${method} ${path}`, "path");
  const level = cell(line, "");
  if (cache) {
    level.className = cache.level;
    level.append(Object.assign(document.createElement("span"), { className: "tag", textContent: cache.level }));
  }
  cell(line, cache ? (cache.hit ? "hit" : "miss") : String(status), cache && !cache.hit ? "miss-text" : "");
  cell(line, cache ? duration(cache.microseconds) : "", "number");
  cell(line, duration(trip * 1000), "number");
  $("log").prepend(line);
}

function cell(line, text, className = "") {
  const made = line.insertCell();
  made.textContent = text;
  made.className = className;
  return made;
}

const money = amount => Number(amount).toLocaleString([], { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const duration = microseconds => microseconds < 1000 ? `${Math.round(microseconds)} µs`
  : `${(microseconds / 1000).toFixed(microseconds < 100_000 ? 1 : 0)} ms`;

// ---- start

for (const [customer, users] of Object.entries(people)) {
  const row = document.createElement("div");
  row.className = "person-row";
  row.append(Object.assign(document.createElement("span"), { textContent: customer }));
  for (const user of users) {
    const button = Object.assign(document.createElement("button"), { textContent: user, type: "button" });
    Object.assign(button.dataset, { customer, user });
    button.setAttribute("aria-label", `Sign in as ${user} of ${customer}`);
    button.addEventListener("click", () => signIn(customer, user));
    row.append(button);
  }
  $("people").append(row);
}

for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await asks[button.dataset.ask]();
    } finally {
      button.disabled = !me;
    }
  });
}

$("sign-out").addEventListener("click", async () => {
  const answer = await send("POST", "/sign-out");
  log(answer);
  be(null);
});

const answer = await send("GET", "/api/me");
be(answer.ok ? answer.body : null);
