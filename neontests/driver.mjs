// Runs Neon's command-line client many times in one process: loading it takes a
// second of CPU, a command a hundredth of that. Each line of stdin is a command,
// {"args": [...], "dir": "..."}; each line of stdout what came of it. Nothing of
// the client is replaced: its entry module is evaluated anew for every command.
import { readSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const entry = pathToFileURL(process.argv[2]).href;
let runs = 0;
let code = 0;
let out = "";
let err = "";
const capture = (add) => (chunk, encoding, done) => {
  add(String(chunk));
  const callback = typeof encoding === "function" ? encoding : done;
  if (callback) callback();
  return true;
};
process.stdout.write = capture((text) => (out += text));
process.stderr.write = capture((text) => (err += text));

class Exit extends Error {}
process.exit = (status = 0) => {
  code = status;
  throw new Exit();
};
const ended = (reason) => {
  if (reason instanceof Exit) return;
  code = code || 1;
  err += String(reason?.stack ?? reason);
};
process.on("unhandledRejection", ended);
process.on("uncaughtException", ended);

let rest = "";
function nextLine() {
  const buffer = Buffer.alloc(65536);
  while (!rest.includes("\n")) {
    let n;
    try {
      n = readSync(0, buffer);
    } catch (e) {
      if (e.code !== "EAGAIN") throw e;
      // The client made the pipe one that doesn't block.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      continue;
    }
    if (n === 0) return undefined;
    rest += buffer.toString("utf8", 0, n);
  }
  const at = rest.indexOf("\n");
  const line = rest.slice(0, at);
  rest = rest.slice(at + 1);
  return line;
}

// Nothing is left to do: the command is over.
process.on("beforeExit", () => {
  if (runs > 0) writeSync(1, JSON.stringify({ code, out, err }) + "\n");
  const line = nextLine();
  if (line === undefined) return;
  const { args, dir } = JSON.parse(line);
  [code, out, err] = [0, "", ""];
  process.exitCode = 0;
  process.chdir(dir);
  process.argv = [process.argv[0], "neonctl", "--no-analytics", ...args];
  import(entry + "?run=" + ++runs).catch(ended);
});
