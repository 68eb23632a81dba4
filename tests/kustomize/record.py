#!/usr/bin/env python3
"""Runs the real kustomize on the cases and on random overlays; scripts/record-kustomize calls it."""

import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import overlays

HERE = pathlib.Path(__file__).resolve().parent
COUNT = 400


def built(folder):
    """What kustomize builds, as a list of documents; None if it refuses."""
    run = subprocess.run([os.environ["KUSTOMIZE"], "build", *overlays.FLAGS.get(folder.name, []), folder],
                         capture_output=True, check=False)
    if run.returncode != 0:
        if os.environ.get("VERBOSE"):
            print(folder.name, run.stderr.decode(), file=sys.stderr)
        return None
    converted = subprocess.run([os.environ["YAML_TO_JSON"]], input=run.stdout, capture_output=True, check=True)
    return json.loads(converted.stdout)


def record_cases():
    for case in sorted((HERE / "cases").iterdir()):
        expected = json.dumps(built(case), indent=1, sort_keys=True, ensure_ascii=False)
        (case / "expected.json").write_text(expected + "\n")


def record_overlays():
    recorded = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(COUNT):
            files = overlays.generate(seed)
            root = pathlib.Path(scratch) / str(seed)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            recorded.append({"files": files, "expected": built(root)})
    data = "\n".join(json.dumps(one, sort_keys=True) for one in recorded) + "\n"
    (HERE / "overlays.json.gz").write_bytes(gzip.compress(data.encode(), 9, mtime=0))
    refused = sum(one["expected"] is None for one in recorded)
    print(f"{len(recorded)} overlays, {refused} of them refused")


if __name__ == "__main__":
    record_cases()
    if sys.argv[1:] == ["overlays"]:
        record_overlays()
