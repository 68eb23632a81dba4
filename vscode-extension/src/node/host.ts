// The extension beside the files: the server is a process, and so is kubectl.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';

import { SECTION } from '../client';
import type { Host, Server } from '../host';
import { isManifest } from '../manifest-text';
import { BINARY, findServer, serverText, type ServerCommand } from './server-path';

const run = promisify(execFile);

const YAML = '**/*.{yaml,yml}';
const NOBODYS = '**/{node_modules,.git}/**';
const MOST_FILES = 3000; // beyond it, a manifest that is opened starts the server
const MOST_BYTES = 16 * 1024; // of each
const AT_ONCE = 16;

async function beginsLikeManifest(uri: vscode.Uri): Promise<boolean> {
  const file = await open(uri.fsPath).catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return isManifest(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return false; // a folder of such a name, or a file that went meanwhile
  } finally {
    await file.close();
  }
}

async function foldersHoldManifests(): Promise<boolean> {
  const uris = await vscode.workspace.findFiles(YAML, NOBODYS, MOST_FILES);
  for (let start = 0; start < uris.length; start += AT_ONCE) {
    const found = await Promise.all(uris.slice(start, start + AT_ONCE).map(beginsLikeManifest));
    if (found.includes(true)) return true;
  }
  return false;
}

function serverOf(found: ServerCommand): Server {
  const { kind, version, why, command, args, env } = found;
  return {
    kind,
    version,
    why,
    text: serverText(found),
    run: async (more) => (await run(command, [...args, ...more], { env })).stdout,
    connect: (id, name, options) => {
      const executable = { command, args: [...args], options: { env } };
      return new LanguageClient(id, name, { run: executable, debug: executable }, options);
    },
  };
}

export const nodeHost: Host = {
  schemes: () => ['file'],
  findServer: async (extension) =>
    serverOf(await findServer({
      setting: vscode.workspace.getConfiguration(SECTION).get<string>('server.path', '').trim(),
      bundled: extension.asAbsolutePath(`server/${BINARY}`),
      module: extension.asAbsolutePath('server/wasm/istio-mtls-ls.mjs'),
      env: process.env,
    })),
  beginsLikeManifest,
  foldersHoldManifests,
  contexts: async () => {
    const { stdout } = await run('kubectl', ['config', 'get-contexts', '--output=name']);
    return stdout.split('\n').filter((name) => name !== '');
  },
};
