"""What the builders of packages for other languages' tools share."""

import argparse
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
LICENSE = "Apache-2.0"


def version():
    return re.search(r"^project\(.* VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)


def arguments(documentation):
    """PROGRAM, FOLDER and --sbom of the command line."""
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--sbom", type=pathlib.Path)
    return parser.parse_args()
