#!/usr/bin/env node
// Runs the program of the package for this platform, which npm installs beside this one (optionalDependencies).
'use strict';
const { spawn } = require('node:child_process');
const { closeSync, openSync, readSync } = require('node:fs');
const { constants } = require('node:os');

const TROUBLE = 2; // as the program itself ends when it could not do its work
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const ELF_MACHINES = { x64: 62, arm64: 183 };

function fail(reason) {
  process.stderr.write(`istio-mtls-ls: error: ${reason}\n`);
  process.exit(TROUBLE);
}

// Is the file for this processor? Started for another one it would end up in a shell, whose complaint explains nothing.
function runsHere(path) {
  const header = Buffer.alloc(20);
  const file = openSync(path);
  readSync(file, header, 0, header.length, 0);
  closeSync(file);
  return header.toString('latin1', 0, 4) === '\x7fELF' && header.readUInt16LE(18) === ELF_MACHINES[process.arch];
}

function program() {
  const name = `istio-mtls-ls-${process.platform}-${process.arch}`;
  let path;
  try {
    path = require.resolve(`${name}/bin/istio-mtls-ls`);
  } catch {
    const known = Object.keys(require('./package.json').optionalDependencies).map((each) => each.replace('istio-mtls-ls-', ''));
    fail(known.includes(`${process.platform}-${process.arch}`)
      ? `the package ${name} is not installed; was npm told to omit optional dependencies, or on another machine?`
      : `there is no program for ${process.platform}-${process.arch}, only for ${known.join(', ')}`);
  }
  if (!runsHere(path)) fail(`${path} is no program for this machine (${process.platform}-${process.arch}); install the package again`);
  return path;
}

const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' });
for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`istio-mtls-ls: error: cannot run ${child.spawnfile}: ${error.message}\n`);
  process.exitCode = TROUBLE;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
