// The playground: an editor, the page that it makes, and a back end that checks it.
import { openBackend } from "./backend.js";
import { createEditor } from "./editor.js";
import { Page, element } from "./page.js";
import { keep, kept, packed, unpacked } from "./store.js";

const PAUSE = 300; // milliseconds without a key before a text is checked
const QUIET = 900; // and before it is checked as a whole, after a quick check of what changed
const at = (id) => document.getElementById(id);
const backend = openBackend();
const examples = await (await fetch("examples.json")).json();

const page = new Page({
  paper: at("paper"),
  tally: at("tally"),
  understood: at("understood"),
  hover: at("hover"),
  mend: ({ from, to, insert }) => {
    if (text.text !== checked) return; // somebody typed meanwhile: its place is another, and a new verdict is near
    text.replace(from, to, insert);
    check();
  },
  show: (from, to) => {
    show("source");
    text.select(from, to);
  },
});
const text = createEditor(at("text"), { label: "The page: Markdown or LaTeX", changed: edited, moved: (place) => page.follow(place) });
const legend = createEditor(at("legend"), { label: "The legend, as TOML", isLegend: true, changed: edited });

// Checking

let checked = null; // the text of the last check
let waiting = 0;
let running = new AbortController();

function edited() {
  clearTimeout(waiting);
  waiting = setTimeout(() => check(), PAUSE);
  say("…");
}

/** Check what there is: first, where that can be, only what changed. */
async function check(quick = true) {
  clearTimeout(waiting);
  running.abort();
  performance.mark("asked");
  const { signal } = (running = new AbortController());
  const asked = { text: text.text, legend: legend.text };
  checked = asked.text;
  remember(asked);
  if (quick) say(backend.state ?? "Checking…");
  const begun = performance.now();
  let isQuick = false;
  try {
    for await (const event of backend.check(asked.text, asked.legend, quick, signal)) {
      if (signal.aborted) return;
      if (quick && event.event === "page") say("Checking…");
      receive(event);
      isQuick ||= event.is_quick;
    }
    if (signal.aborted) return;
    finish();
    if (quick) tell(performance.now() - begun);
    if (isQuick) waiting = setTimeout(() => check(false), QUIET);
    else performance.mark("settled");
  } catch (error) {
    if (!signal.aborted) problem(`The check does not answer: ${error.message}`);
  }
}

function receive(event) {
  if (event.event === "error") problem(event.message, event.where);
  if (event.event === "page") {
    at("problem").hidden = true;
    page.text(event);
  }
  if (event.event === "formulas") page.formulas(event);
  if (event.event === "understood") page.end(event);
  if (event.event === "verdicts") {
    event.found.forEach((found) => page.verdict(found));
    if (event.found.length) performance.mark("verdicts");
  }
}

function finish() {
  text.mark(page.places);
  text.diagnose(
    page.diagnostics.map((claim) => ({
      from: claim.from,
      to: claim.to,
      severity: claim.verdict === "fails" ? "error" : "warning",
      message: `${claim.verdict}: ${claim.plain ?? ""}`,
      actions: claim.mend ? [{ name: "Mend", apply: () => page.mend(claim.mend) }] : [],
    })),
  );
  performance.mark("checked");
}

function tell(took) {
  say(at("problem").hidden ? `Checked in ${took < 1000 ? `${Math.round(took)} ms` : `${(took / 1000).toFixed(1)} s`}` : "");
}

function problem(message, where = "") {
  at("problem").textContent = message;
  at("problem").hidden = false;
  if (where === "legend") at("legend-box").open = true;
  say("");
}

function say(what) {
  at("status").textContent = what;
}

// Which page it is: in the menu, in the link, in the browser

function load(found) {
  text.text = found.text;
  legend.text = found.legend;
  at("legend-box").open = false;
  check();
}

async function remember(asked) {
  const same = examples.find((one) => one.text === asked.text && one.legend === asked.legend);
  at("examples").value = same?.name ?? "";
  at("legend-state").textContent = asked.legend.trim() ? "given" : "none: the page is read from itself";
  keep(asked);
  const fragment = same ? `example=${same.name}` : await packed(asked);
  if (text.text === asked.text && `#${fragment}` !== location.hash) history.replaceState(null, "", `#${fragment}`);
}

async function asked() {
  const fragment = location.hash.slice(1);
  return examples.find((one) => fragment === `example=${one.name}`) ?? (await unpacked(fragment));
}

at("examples").append(
  element("option", { value: "", hidden: "" }, "Your page"),
  ...examples.map((one) => element("option", { value: one.name }, one.title)),
);
at("examples").addEventListener("change", () => load(examples.find((one) => one.name === at("examples").value)));
addEventListener("hashchange", async () => {
  const found = await asked();
  if (found) load(found);
});

// Buttons

at("link").addEventListener("click", async () => {
  await remember({ text: text.text, legend: legend.text });
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link is copied: it holds the page");
  } catch {
    say("The link is in the address bar: it holds the page");
  }
});
at("draft").addEventListener("click", async () => {
  say("Reading the page…");
  for await (const event of backend.draft(text.text, running.signal)) {
    if (event.event === "error") return problem(event.message, event.where);
    legend.text = event.legend;
  }
  check();
});
at("clear").addEventListener("click", () => {
  legend.text = "";
  check();
});

function show(which) {
  document.querySelector("main").dataset.shown = which;
  for (const button of document.querySelectorAll("[data-show]"))
    button.setAttribute("aria-pressed", String(button.dataset.show === which));
}
for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => show(button.dataset.show));

load((await asked()) ?? kept() ?? examples[0]);
