// What the worker uses of app/wasm.

declare module '*/app/wasm/module.mjs' {
  export const SERVES: number;
  export class Program {
    constructor(module: WebAssembly.Module, host: unknown);
    run(args: readonly string[]): number;
    message(text: string): void;
    work(milliseconds: number): number;
    exitStatus(): number;
  }
}

declare module '*/app/wasm/memory-host.mjs' {
  export class MemoryHost {
    constructor(told: { onMessage: (text: string) => void; onOutput: (file: number, bytes: Uint8Array) => void });
    exit: (status: number) => never;
    write(path: string, content: string | Uint8Array): void;
    makeFolder(path: string): void;
    forget(path: string): void;
  }
}
