#!/usr/bin/env node
// Runs the program of the package for this platform, which npm installs beside this one (optionalDependencies).
'use strict';
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const TROUBLE = 2; // as the program itself ends when it could not do its work
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function program() {
  const name = `istio-mtls-ls-${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/bin/istio-mtls-ls`);
  } catch {
    const known = Object.keys(require('./package.json').optionalDependencies).map((each) => each.replace('istio-mtls-ls-', ''));
    const reason = known.includes(`${process.platform}-${process.arch}`)
      ? `the package ${name} is not installed; was npm told to omit optional dependencies?`
      : `there is no program for ${process.platform}-${process.arch}, only for ${known.join(', ')}`;
    process.stderr.write(`istio-mtls-ls: error: ${reason}\n`);
    process.exit(TROUBLE);
  }
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
