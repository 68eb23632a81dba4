#!/usr/bin/env python3
"""Makes the formula of Homebrew for the .tar.gz that scripts/package and scripts/package-macos built.

    packaging/homebrew/build_formula.py [--url URL] OUTPUT.rb ARCHIVE.tar.gz...

URL is the folder that the archives will be got from. A system or processor without an archive has no
part in the formula. Standard library only.
"""

import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from packages import PLACEHOLDER, sha256

FORMULA = pathlib.Path(__file__).resolve().parent / "istio-mtls-ls.rb"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default=PLACEHOLDER)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("archives", type=pathlib.Path, nargs="+")
    given = parser.parse_args()
    text = FORMULA.read_text().replace("@URL@", given.url)
    text = re.sub(r"^# A formula.*\n", "# Made by packaging/homebrew/build_formula.py of istio-mtls-ls.\n", text)
    for archive in given.archives:
        if archive.name not in text:
            raise SystemExit(f"{archive}: the formula has no {archive.name}")
        system, processor = archive.name.removesuffix(".tar.gz").split("-")[-2:]
        text = text.replace(f"@{system.upper()}_{processor.upper()}@", sha256(archive))
    text = re.sub(r"    on_\w+ do\n.*\n      sha256 \"@.*\n    end\n", "", text)  # processors
    text = re.sub(r"  on_\w+ do\n(    depends_on.*\n)?  end\n\n", "", text)  # systems
    if "on_macos" not in text:
        text = text.replace("  def install\n", "  depends_on :linux\n\n  def install\n")
    given.output.write_text(text)


if __name__ == "__main__":
    main()
