# A formula of Homebrew. build_formula.py puts in what stands between @ signs: where the archives are, and their sums.
class IstioMtlsLs < Formula
  desc "Language server and check for Istio mTLS policy"
  homepage "@URL@"
  version "0.1.0"
  license "Apache-2.0"

  on_linux do
    on_intel do
      url "@URL@/istio-mtls-ls-0.1.0-linux-x86_64.tar.gz"
      sha256 "@LINUX_X86_64@"
    end
    on_arm do
      url "@URL@/istio-mtls-ls-0.1.0-linux-aarch64.tar.gz"
      sha256 "@LINUX_AARCH64@"
    end
  end

  on_macos do
    depends_on macos: :monterey
    on_intel do
      url "@URL@/istio-mtls-ls-0.1.0-macos-x86_64.tar.gz"
      sha256 "@MACOS_X86_64@"
    end
    on_arm do
      url "@URL@/istio-mtls-ls-0.1.0-macos-arm64.tar.gz"
      sha256 "@MACOS_ARM64@"
    end
  end

  def install
    bin.install "bin/istio-mtls-ls"
    man1.install "share/man/man1/istio-mtls-ls.1.gz"
    bash_completion.install "share/bash-completion/completions/istio-mtls-ls"
    fish_completion.install "share/fish/vendor_completions.d/istio-mtls-ls.fish"
    zsh_completion.install "share/zsh/site-functions/_istio-mtls-ls"
    doc.install Dir["share/doc/istio-mtls-ls/*"]
  end

  def caveats
    "The program for macOS was compiled on Linux. We have never run it on a Mac." if OS.mac?
  end

  test do
    assert_equal "istio-mtls-ls #{version}", shell_output("#{bin}/istio-mtls-ls --version").strip
    (testpath/"policy.yaml").write <<~YAML
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata: {name: default, namespace: istio-system}
      spec: {mtls: {mode: STRICTLY}}
    YAML
    assert_match "MTLS0001", shell_output("#{bin}/istio-mtls-ls check #{testpath}", 1)
  end
end
