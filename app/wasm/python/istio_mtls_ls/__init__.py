"""istio-mtls-ls for platforms that it has no program for: the WebAssembly module, run by wasmtime (docs/webassembly.md)."""
