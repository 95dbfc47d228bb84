// The editor of the playground: CodeMirror with colours for mathematics in text, verdicts at its lines, and diagnostics.
// build.mjs bundles this file into derive/play/web/editor.js.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, StateEffect, StateField, Transaction } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Markdown and LaTeX alike: headings, commands, the marks of formulas, comments.
const mathematics = StreamLanguage.define({
  startState: () => ({ formula: "" }),
  token(stream, state) {
    if (stream.sol() && !state.formula && stream.match(/#{1,6} .*/)) return "heading";
    if (stream.match(/<!--.*?(-->|$)/)) return "comment";
    const mark = stream.match(/\$\$|\$|\\[[\]()]/);
    if (mark) {
      const opens = !state.formula;
      state.formula = opens ? mark[0] : "";
      return "punctuation";
    }
    if (stream.match(/\\(begin|end)\{[A-Za-z]+\*?\}/)) return "punctuation";
    if (stream.match(/\\([A-Za-z]+|.)/)) return "keyword";
    if (state.formula && stream.match(/\d+(\.\d+)?/)) return "number";
    if (state.formula && stream.match(/[{}^_&]/)) return "bracket";
    stream.next();
    return state.formula ? "string" : null;
  },
  blankLine(state) {
    if (state.formula === "$") state.formula = "";
  },
});

const legend = StreamLanguage.define({
  startState: () => ({}),
  token(stream) {
    if (stream.match(/#.*/)) return "comment";
    if (stream.match(/\[.*\]/, true) && stream.column() < 3) return "heading";
    if (stream.match(/"(\\.|[^"\\])*"?|'[^']*'?/)) return "string";
    if (stream.match(/\d+(\.\d+)?|true|false/)) return "number";
    stream.next();
    return null;
  },
});

const colours = HighlightStyle.define([
  { tag: tags.heading, class: "tok-heading" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: tags.punctuation, class: "tok-mark" },
  { tag: tags.keyword, class: "tok-command" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.bracket, class: "tok-bracket" },
  { tag: tags.string, class: "tok-string" },
]);

const putVerdicts = StateEffect.define();
const verdicts = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(putVerdicts)) return lines(transaction.state, effect.value);
    return marks.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function lines(state, found) {
  const classes = new Map();
  for (const { from, to, verdict } of found) {
    const last = state.doc.lineAt(Math.min(to, state.doc.length)).number;
    for (let n = state.doc.lineAt(Math.min(from, state.doc.length)).number; n <= last; n++) classes.set(n, verdict);
  }
  const marks = [...classes].sort(([a], [b]) => a - b);
  return Decoration.set(
    marks.map(([n, verdict]) => Decoration.line({ class: `verdict ${verdict}` }).range(state.doc.line(n).from)),
  );
}

/** An editor in `parent`: `changed(text)` is called when somebody edits, `moved(place)` when the cursor goes elsewhere. */
export function createEditor(parent, { label, isLegend = false, changed, moved = () => {} }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        EditorView.lineWrapping,
        isLegend ? legend : mathematics,
        syntaxHighlighting(colours),
        verdicts,
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && update.transactions.some((t) => t.annotation(Transaction.userEvent)))
            changed(update.state.doc.toString());
          if (update.selectionSet || update.focusChanged) moved(update.state.selection.main.head);
        }),
      ],
    }),
  });
  const within = (place) => Math.max(0, Math.min(place, view.state.doc.length));
  return {
    get text() {
      return view.state.doc.toString();
    },
    /** Another text, which is nobody's edit. */
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, effects: putVerdicts.of([]) });
    },
    /** An edit of the text, undone like one that was typed. */
    replace(from, to, insert) {
      view.dispatch({ changes: { from, to, insert }, selection: { anchor: from, head: from + insert.length }, userEvent: "input.mend", scrollIntoView: true });
    },
    /** Verdicts at their lines: [{from, to, verdict}]. */
    mark(found) {
      view.dispatch({ effects: putVerdicts.of(found) });
    },
    /** Diagnostics at their places: [{from, to, severity, message, actions}]. */
    diagnose(found) {
      const placed = found.map((one) => ({ ...one, from: within(one.from), to: within(one.to) }));
      view.dispatch(setDiagnostics(view.state, placed));
    },
    /** Show a place, and go there. */
    select(from, to) {
      const selection = { anchor: within(from), head: within(to) };
      view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: "center" }) });
      view.focus();
    },
  };
}
