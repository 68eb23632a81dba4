#!/usr/bin/env node
// The program under Node: the command line, and the language server over standard input and output.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

import { Program, SERVES } from './module.mjs';
import { argument, NodeHost } from './node-host.mjs';

const SLICE_MS = 2; // of work between two looks for messages
const MOST_UNREAD = 64 << 20; // bytes that the client may leave unread before the server waits for it
const BETWEEN_LOOKS_MS = 1000; // for the process that started the session
const FAREWELL_MS = 500; // for the client to read the last words
const CRASHED = 134; // as of a program that aborts

function crash(error) {
  process.stderr.write(`istio-mtls-ls: crashed: ${error?.stack ?? error}\n`);
  process.exit(CRASHED);
}

function serve(program, host) {
  const { stdin, stdout } = process;
  host.dropErrors();
  let timer;
  let immediate;
  let ended = false;

  const end = (status) => {
    ended = true;
    clearTimeout(timer);
    stdin.destroy();
    setTimeout(() => process.exit(status), FAREWELL_MS);
    stdout.write('', () => process.exit(status));
  };
  const soon = () => {
    if (ended) return;
    clearTimeout(timer);
    immediate ??= setImmediate(work);
  };
  function work() {
    immediate = undefined;
    if (ended) return;
    if (stdout.writableLength > MOST_UNREAD) {
      stdin.pause();
      stdout.once('drain', soon);
      return;
    }
    const wait = guarded(() => program.work(SLICE_MS));
    if (wait < 0) end(program.exitStatus());
    else if (wait === 0) soon();
    else timer = setTimeout(soon, Math.ceil(wait));
    if (program.hasMessages()) stdin.pause();
    else stdin.resume();
  }
  const guarded = (act) => {
    try {
      return act();
    } catch (error) {
      return crash(error);
    }
  };

  let inputEnded = false;
  const endInput = () => {
    if (inputEnded || ended) return;
    inputEnded = true;
    guarded(() => program.endInput());
    soon();
  };
  stdin.on('data', (bytes) => {
    if (inputEnded || ended) return;
    guarded(() => program.feed(bytes));
    soon();
  });
  stdin.on('end', endInput);
  stdin.on('error', endInput);
  stdout.on('error', endInput); // nobody reads any more
  let watched;
  host.onWatch = (number) => {
    if (watched !== undefined || number <= 0 || !host.isRunning(number)) return;
    watched = setInterval(() => {
      if (host.isRunning(number)) return;
      process.stderr.write('istio-mtls-ls: the process that started the session has ended\n');
      process.exit(program.exitStatus());
    }, BETWEEN_LOOKS_MS);
    watched.unref();
  };
  soon();
}

// How much a function must have run before V8 compiles it once more, optimised: with what it takes as usual, a command compiles for
// longer than it runs (docs/webassembly.md).
setFlagsFromString('--wasm-tiering-budget=200000000');
const host = new NodeHost();
try {
  const program = new Program(new WebAssembly.Module(readFileSync(new URL('istio-mtls-ls.wasm', import.meta.url))), host);
  const earlyWatch = [];
  host.onWatch = (number) => earlyWatch.push(number); // --clientProcessId
  const status = program.run(process.argv.slice(2).map(argument));
  if (status === SERVES) {
    serve(program, host);
    earlyWatch.forEach((number) => host.onWatch(number));
  } else {
    process.exitCode = status;
  }
} catch (error) {
  crash(error);
}
