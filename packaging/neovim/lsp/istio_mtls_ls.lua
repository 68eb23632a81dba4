---@brief
---
--- https://istio-mtls-ls.invalid
---
--- `istio-mtls-ls` finds Istio mTLS policy that breaks traffic, in all files of a mesh, and offers fixes. It keeps silent about what is
--- not Istio's or Kubernetes', so it runs well beside `yamlls`.

---@type vim.lsp.Config
return {
  cmd = { 'istio-mtls-ls' },
  filetypes = { 'yaml', 'json' },
  root_markers = { '.istio-mtls.yaml', '.git' },
}
