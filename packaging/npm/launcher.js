#!/usr/bin/env node
// Runs the program of the package for this platform, which npm installs beside this one (optionalDependencies). Where there is
// none, or it does not start, the WebAssembly module of istio-mtls-ls-wasm runs in this process.
'use strict';
const { spawn } = require('node:child_process');
const { closeSync, fstatSync, openSync, readSync } = require('node:fs');
const { constants } = require('node:os');
const { pathToFileURL } = require('node:url');

const TROUBLE = 2; // as the program itself ends when it could not do its work
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const OLDEST_NODE = 18; // that runs the module

const ELF_MACHINES = { x64: 62, arm64: 183 };

function fail(reason) {
  process.stderr.write(`istio-mtls-ls: error: ${reason}\n`);
  process.exit(TROUBLE);
}

// Is the file for this processor, and whole? If not it would end up in a shell (execvp does that), whose complaint explains nothing.
function runsHere(path) {
  const header = Buffer.alloc(64);
  const file = openSync(path);
  readSync(file, header, 0, header.length, 0);
  const { size } = fstatSync(file);
  closeSync(file);
  // The table of sections is the last thing in the file.
  const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
  return header.toString('latin1', 0, 4) === '\x7fELF' && header.readUInt16LE(18) === ELF_MACHINES[process.arch] && size >= Math.max(header.length, end);
}

// The path of the program; undefined: there is none for this platform. Throws where there should be one.
function program() {
  const name = `istio-mtls-ls-${process.platform}-${process.arch}`;
  if (!(name in require('./package.json').optionalDependencies)) return undefined;
  let path;
  try {
    path = require.resolve(`${name}/bin/istio-mtls-ls`);
  } catch {
    throw new Error(`the package ${name} is not installed`);
  }
  if (!runsHere(path)) throw new Error(`${path} is no program for this machine`);
  return path;
}

// `instead`: why the program does not run, if there should be one.
function runModule(instead) {
  if (instead) process.stderr.write(`istio-mtls-ls: ${instead}; its WebAssembly module runs, which is slower\n`);
  const here = `Node ${process.versions.node} on ${process.platform}-${process.arch}`;
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) fail(`the WebAssembly module needs Node ${OLDEST_NODE} or later, and this is ${here}`);
  if (typeof WebAssembly === 'undefined') fail(`${here} has no WebAssembly; was it started with --jitless?`);
  let path;
  try {
    path = require.resolve('istio-mtls-ls-wasm/istio-mtls-ls.mjs');
  } catch {
    fail('the package istio-mtls-ls-wasm is not installed, which this one depends on; install it again');
  }
  import(pathToFileURL(path).href).catch((error) => fail(`cannot load ${path}: ${error.message}`));
}

function runProgram(path) {
  const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  child.on('error', (error) => {
    if (child.pid !== undefined) return; // it runs; what failed is a signal for it
    for (const signal of FORWARDED) process.off(signal, forward);
    runModule(`${path} does not start (${error.code ?? error.message})`);
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

let path;
let missing;
try {
  path = program();
} catch (error) {
  missing = error.message;
}
if (path) runProgram(path);
else runModule(missing);
