// The back end of the local page: checks are asked of the server that sent this file.

async function* lines(path, request, signal) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
    signal,
  });
  if (!answer.ok) throw new Error(`the server says ${answer.status}`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const found = (waiting + value).split("\n");
    waiting = found.pop();
    for (const line of found) yield JSON.parse(line);
  }
}

/** {check, draft}: both give the events of derive/play/view.py, one by one. */
export function openBackend() {
  return {
    check: (text, legend, quick, signal) => lines("check", { text, legend, quick }, signal),
    draft: (text, signal) => lines("draft", { text, legend: "", quick: false }, signal),
  };
}
