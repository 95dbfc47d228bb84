// Python in a worker, so that typing never waits: it takes up a snapshot of its memory, with everything imported.
import createModule from "./pyodide/pyodide.asm.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const at = (name) => new URL(name, import.meta.url).href;

async function load(name) {
  const answer = await fetch(at(name));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
}

async function snapshot() {
  const packed = (await load("python.snapshot")).body;
  return new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

async function start() {
  const memory = snapshot();
  const python = await loadPyodide({
    indexURL: at("pyodide/"),
    packageBaseUrl: at("pyodide/"),
    env: { HOME: "/", PYTHONHASHSEED: "0" },
    _loadSnapshot: memory,
    async createPyodideModule(settings) {
      const module = await createModule(settings);
      module._malloc((await memory).length); // the memory grows to what it was; the snapshot then overwrites it
      return module;
    },
  });
  const { lines, Player } = python.pyimport("derive.play.lines");
  return { python, lines, player: Player() };
}

// What was not imported for the snapshot, for whatever asks for it later.
async function complete({ python }) {
  python.FS.writeFile("/rest.zip", new Uint8Array(await (await load("rest.zip")).arrayBuffer()));
  python.pyimport("importlib").invalidate_caches();
}

const started = start();
const left = new Set(); // requests that nobody waits for any more
let queue = Promise.resolve();
let first = true;

const { port1, port2 } = new MessageChannel();
/** Lets messages in that have come meanwhile. */
const turn = () => new Promise((resolve) => ((port1.onmessage = resolve), port2.postMessage(null)));

async function answer({ id, text, legend, quick }) {
  try {
    const { lines, player } = await started;
    const events = lines(player, text, legend, quick);
    for (const event of events) {
      if (left.has(id)) break;
      postMessage({ id, event: JSON.parse(event) });
      await turn();
    }
    events.destroy();
    postMessage({ id, event: null });
  } catch (error) {
    postMessage({ id, event: null, failure: String(error.message).trim().split("\n").at(-1) });
  }
  left.delete(id);
  if (first) started.then(complete).catch(() => {});
  first = false;
}

onmessage = ({ data }) => {
  if (data.leave) left.add(data.id);
  else queue = queue.then(() => (left.has(data.id) ? left.delete(data.id) : answer(data)));
};
