// Where a page is kept: in the link, for whoever gets it, and in the browser, for the next visit.

const KEY = "unrolled";
const LONGEST = 1_000_000; // characters, as the check has it

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The fragment of a link that holds a page. */
export async function packed({ text, legend }) {
  const bytes = new TextEncoder().encode(JSON.stringify([text, legend]));
  const small = await through(new CompressionStream("deflate-raw"), bytes);
  let binary = "";
  for (let n = 0; n < small.length; n += 4096) binary += String.fromCharCode(...small.subarray(n, n + 4096));
  return `page=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** The page that a fragment holds; null where it holds none. */
export async function unpacked(fragment) {
  const found = /^page=([\w-]+)$/.exec(fragment);
  if (!found) return null;
  try {
    const binary = atob(found[1].replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const [text, legend] = JSON.parse(new TextDecoder().decode(await limited(bytes)));
    return typeof text === "string" && typeof legend === "string" ? { text, legend } : null;
  } catch {
    return null;
  }
}

// What a link unpacks to, up to a length: a small link may hold a large text.
async function limited(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > 4 * LONGEST) throw new RangeError("too long");
    parts.push(value);
  }
}

/** Keep the page for the next visit, where the browser keeps anything. */
export function keep(page) {
  try {
    localStorage.setItem(KEY, JSON.stringify(page));
  } catch {
    // private windows keep nothing
  }
}

/** What was kept; null where nothing was. */
export function kept() {
  try {
    const page = JSON.parse(localStorage.getItem(KEY));
    return typeof page?.text === "string" && typeof page?.legend === "string" ? page : null;
  } catch {
    return null;
  }
}
