// The back end of the static page: checks are asked of a worker with a Python of its own, and nothing leaves the browser.

/** {check, draft}: both give the events of derive/play/view.py, one by one. */
export function openBackend() {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const waiting = new Map(); // the number of a request -> what takes its events
  let count = 0;
  const backend = {
    state: "Starting Python…",
    check: (text, legend, quick, signal) => ask({ text, legend, quick }, signal),
    draft: (text, signal) => ask({ text, legend: undefined, quick: false }, signal),
  };
  worker.onmessage = ({ data: { id, event, failure } }) => {
    backend.state = undefined;
    waiting.get(id)?.(event, failure);
  };
  worker.onerror = (error) => waiting.forEach((take) => take(null, error.message || "the worker could not start"));

  async function* ask(request, signal) {
    const id = ++count;
    const events = [];
    let wake = () => {};
    let failed = null;
    waiting.set(id, (event, failure) => {
      events.push(event);
      failed ??= failure;
      wake();
    });
    worker.postMessage({ id, ...request });
    signal?.addEventListener("abort", () => worker.postMessage({ id, leave: true }));
    try {
      for (;;) {
        while (!events.length && !failed) await new Promise((resolve) => (wake = resolve));
        if (failed) throw new Error(failed);
        const event = events.shift();
        if (event === null) return;
        yield event;
      }
    } finally {
      waiting.delete(id);
    }
  }
  return backend;
}
