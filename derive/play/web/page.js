// The page on the right: what was written, with its formulas set, their verdicts, and what mends them.
// Text is only ever text here; markup comes from the gate of derive/typeset alone, as MathML.

const MARKS = { definition: "≔", fragment: "…", holds: "✓", conditional: "◐", fails: "✗", unreadable: "▨", unknown: "?" };
const OPEN = ["fails", "unreadable", "unknown"]; // whose details are shown unasked
const COUNTED = {
  fails: "wrong",
  unreadable: "not understood",
  unknown: "undecided",
  conditional: "true under conditions",
  holds: "proved",
  definition: "definitions",
  fragment: "without an equality",
};

/** An element with its attributes and children; strings are text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.flat());
  return made;
}

/** A formula that passed the gate, or its source as code. */
function formula(set) {
  if (!set.math) return element("code", {}, set.code);
  const template = document.createElement("template");
  template.innerHTML = set.math;
  return template.content.firstChild;
}

const pieces = (said) => said.map((piece) => (typeof piece === "string" ? piece : formula(piece)));

/** The page in `paper`; `mend(claim)` is called for the button of a mend, `show(from, to)` to show a place of the text. */
export class Page {
  constructor({ paper, tally, understood, hover, mend, show }) {
    Object.assign(this, { paper, tally, understood, mend, show });
    this.shown = new Map(); // key -> {event, node, verdict, details}
    this.symbols = [];
    new Hover(hover, paper, (number) => this.symbols[number - 1]);
  }

  /** Show a text; a formula that was there before keeps its verdict until a new one comes. */
  text({ parts, formulas }) {
    const before = new Map();
    for (const [key, one] of this.shown) before.set(`${key[0]}${one.set.latex}`, one);
    this.shown = new Map();
    for (const [key, set] of Object.entries(formulas)) {
      const old = before.get(`${key[0]}${set.latex}`);
      before.delete(`${key[0]}${set.latex}`);
      this.shown.set(key, { set: old && old.set.math ? { ...set, math: old.set.math } : set, verdict: old?.verdict });
    }
    const list = [];
    const blocks = parts.flatMap((part) => {
      if (part.kind === "formula") return this.row(part.spans[0][1]);
      const node = this.prose(part);
      list.splice(0, list.length, ...part.spans.filter(([style]) => style === "formula").map(([, key]) => key));
      return [node, ...list.map((key) => this.aside(key))];
    });
    this.paper.replaceChildren(...blocks);
    for (const [key, one] of this.shown) if (one.verdict) this.verdict({ ...one.verdict, key }, true);
  }

  prose(part) {
    const name = { heading: `h${Math.min(part.level, 6)}`, code: "pre", item: "p" }[part.kind] ?? "p";
    const spans = part.spans.map(([style, text]) => {
      if (style === "formula") return this.inline(text);
      return style ? element(style, {}, text) : text;
    });
    return element(name, { class: part.kind === "item" ? "item" : undefined }, spans);
  }

  inline(key) {
    const one = this.shown.get(key);
    if (!one) return "";
    one.holder = element("span", { class: "inline", "data-key": key }, formula(one.set));
    one.node = one.holder;
    return one.node;
  }

  aside(key) {
    const one = this.shown.get(key);
    one.details = element("div", { class: "details aside", hidden: "" });
    return one.details;
  }

  row(key) {
    const one = this.shown.get(key);
    if (!one) return [];
    const name = `Formula at line ${one.set.line}`;
    one.holder = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": name }, formula(one.set));
    one.holder.style.setProperty("--em", one.set.width ?? 0);
    one.badge = element("button", { type: "button", class: "badge", "aria-expanded": "false", hidden: "" });
    one.badge.addEventListener("click", () => this.toggle(one));
    one.details = element("div", { class: "details", hidden: "" });
    const place = element("button", { type: "button", class: "place", title: "Show it in the text" }, `${one.set.line}`);
    place.setAttribute("aria-label", `Line ${one.set.line}: show it in the text`);
    place.addEventListener("click", () => this.show(one.set.from, one.set.to));
    one.node = element("div", { class: "row", "data-key": key }, place, one.holder, one.badge, one.details);
    return one.node;
  }

  toggle(one) {
    one.details.hidden = !one.details.hidden;
    one.badge.setAttribute("aria-expanded", String(!one.details.hidden));
  }

  /** A verdict; `isOld` says that it is what was found of the same formula before. */
  verdict(event, isOld = false) {
    const one = this.shown.get(event.key);
    if (!one?.node || one.set.latex !== event.latex) return;
    one.verdict = event;
    if (event.math) one.set = { ...one.set, math: event.math };
    if (event.math) one.holder.replaceChildren(formula(event));
    for (const name of Object.keys(MARKS)) one.node.classList.toggle(name, name === event.verdict);
    one.node.classList.toggle("old", isOld);
    one.details.replaceChildren(...this.details(event, isOld));
    const opened = OPEN.includes(event.verdict);
    one.details.hidden = !opened || !one.details.firstChild;
    if (!one.badge) one.node.title = event.claims.map((claim) => [claim.verdict, claim.plain].filter(Boolean).join(": ")).join("\n");
    if (one.badge) {
      one.badge.hidden = event.verdict === "fragment";
      one.badge.className = `badge ${event.verdict}`;
      one.badge.setAttribute("aria-expanded", String(!one.details.hidden));
      one.badge.replaceChildren(element("span", { "aria-hidden": "true" }, MARKS[event.verdict]), ` ${event.verdict}`);
      one.badge.disabled = !one.details.firstChild;
    }
  }

  /** What there is to say of each claim. */
  details(event, isOld) {
    const said = event.claims.filter((claim) => claim.verdict !== "definition" && claim.verdict !== "fragment");
    const open = said.filter((claim) => OPEN.includes(claim.verdict));
    const width = Number(this.shown.get(event.key).set.width ?? 0);
    return (OPEN.includes(event.verdict) ? open : said).map((claim) => this.claim(claim, width, isOld));
  }

  claim(claim, width, isOld) {
    const side = claim.side && claim.verdict !== "fails" ? [formula(claim.side), ": "] : [];
    const lines = [element("p", { class: "said" }, side, pieces(claim.said))];
    if (claim.numbers?.length) lines.push(element("p", { class: "numbers" }, pieces(claim.numbers)));
    if (claim.mended) {
      const box = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Mended" }, formula(claim.mended));
      box.style.setProperty("--em", Math.max(width, claim.mended.width ?? 0)); // as large as what it mends
      lines.push(box);
    }
    if (claim.mend) {
      const button = element("button", { type: "button", class: "mend" }, "Mend");
      button.disabled = isOld;
      button.addEventListener("click", () => this.mend(claim.mend));
      lines.push(button);
    }
    for (const note of claim.notes) lines.push(element("p", { class: "note" }, pieces(note)));
    if (claim.range && claim.verdict === "conditional") lines.push(element("p", { class: "note" }, pieces(claim.range)));
    return element("div", { class: `claim ${claim.verdict}` }, lines);
  }

  /** Formulas set anew, now that their symbols are known. */
  formulas({ formulas }) {
    for (const [key, set] of Object.entries(formulas)) {
      const one = this.shown.get(key);
      if (!one?.node || one.set.latex !== set.latex) continue;
      one.set = set;
      one.holder.replaceChildren(formula(set));
    }
  }

  /** How many formulas have which verdict, the symbols and the conventions. */
  end({ counts, symbols, conventions }) {
    this.symbols = symbols;
    const first = (verdict) => [...this.shown].find(([key, one]) => key[0] === "d" && one.verdict?.verdict === verdict)?.[1].node;
    const go = (verdict) => () => {
      const node = first(verdict);
      node?.scrollIntoView({ block: "center" });
      node?.querySelector(".scroll")?.focus({ preventScroll: true });
    };
    this.tally.replaceChildren(
      ...Object.entries(counts).map(([verdict, count]) =>
        element("li", { class: verdict }, element("button", { type: "button", onclick: go(verdict) }, element("b", {}, `${count}`), ` ${COUNTED[verdict]}`)),
      ),
    );
    const [list, rows] = [this.understood.querySelector("dl"), this.understood.querySelector("tbody")];
    list.replaceChildren(
      ...conventions.map((c) => element("div", {}, element("dt", {}, c.name), element("dd", {}, pieces(c.value), " ", element("small", {}, c.source)))),
    );
    rows.replaceChildren(
      ...symbols.map((symbol) =>
        element("tr", {}, element("td", {}, symbol.spelled.flatMap((set, n) => [n ? ", " : "", formula(set)])), element("td", {}, pieces(symbol.meaning)), element("td", {}, symbol.shape), element("td", {}, symbol.source)),
      ),
    );
    this.understood.hidden = !symbols.length && !conventions.length;
  }

  /** Where formulas stand in the text, with their verdicts. */
  get places() {
    return [...this.shown].filter(([key, one]) => key[0] === "d" && one.verdict).map(([, one]) => ({ from: one.set.from, to: one.set.to, verdict: one.verdict.verdict }));
  }

  /** What needs attention, at its place in the text. */
  get diagnostics() {
    return [...this.shown.values()].flatMap((one) => one.verdict?.claims ?? []).filter((claim) => claim.from !== undefined && OPEN.includes(claim.verdict));
  }

  /** Mark the formula at a place of the text. */
  follow(place) {
    for (const one of this.shown.values()) {
      const isHere = one.badge && one.set.from <= place && place <= one.set.to;
      if (isHere && !one.node.classList.contains("here")) one.node.scrollIntoView({ block: "nearest" });
      one.node?.classList.toggle("here", Boolean(isHere));
    }
  }
}

/** What a symbol means, while the pointer is on it; of a formula with the focus all its symbols. */
class Hover {
  constructor(box, paper, symbol) {
    Object.assign(this, { box, symbol });
    paper.addEventListener("pointerover", (event) => this.over(event.target));
    paper.addEventListener("pointerleave", () => this.hide());
    paper.addEventListener("focusin", (event) => event.target.matches(".scroll:focus-visible") && this.list(event.target));
    paper.addEventListener("focusout", () => this.hide());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
    document.addEventListener("scroll", () => this.hide(), true);
  }

  numbers(node) {
    return [...(node.getAttribute("class") ?? "").matchAll(/\bg(\d+)\b/g)].map((found) => Number(found[1]));
  }

  over(target) {
    const node = target.closest?.("[class*=g]");
    for (let at = target; at && at !== node?.ownerDocument && at.closest?.("math"); at = at.parentElement) {
      const [number] = this.numbers(at);
      if (number) return this.show([number], at);
    }
    this.hide();
  }

  list(box) {
    const found = new Set([...box.querySelectorAll("[class]")].flatMap((node) => this.numbers(node)));
    if (found.size) this.show([...found], box);
  }

  show(numbers, node) {
    const entries = numbers.map(this.symbol).filter(Boolean);
    if (!entries.length) return this.hide();
    this.box.replaceChildren(
      ...entries.map((entry) => {
        const more = [entry.shape, entry.source].filter(Boolean).join(" · ");
        return element("p", {}, element("span", {}, formula(entry.spelled[0])), element("span", {}, pieces(entry.meaning), " ", element("small", {}, more)));
      }),
    );
    this.box.hidden = false;
    const [at, own] = [node.getBoundingClientRect(), this.box.getBoundingClientRect()];
    const below = at.bottom + 6 + own.height < innerHeight ? at.bottom + 6 : Math.max(4, at.top - own.height - 6);
    this.box.style.top = `${below}px`;
    this.box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - own.width - 8))}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}
