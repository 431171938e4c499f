"""The committed bundles are those of the manifest; every package in them is pinned and licensed.

`make bundle-check` builds them again from the lock and compares.
"""

import hashlib
import json
import re
from pathlib import Path

from functions.code_executor.engine.scripts import MODULES

ROOT = Path(__file__).parents[3]
BUNDLES = ROOT / "functions/code_executor/modules"
SOURCES = ROOT / "layers/javascript/modules"
FREE = {"MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause"}


def test_bundles_are_those_of_the_manifest():
    manifest = json.loads((BUNDLES / "manifest.json").read_text("utf-8"))

    found = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in BUNDLES.glob("*.js")
    }
    assert found == manifest
    assert set(manifest) == set(MODULES) == {path.stem for path in SOURCES.glob("entries/*.js")}


def test_every_package_has_an_exact_version_and_a_hash():
    about = json.loads((SOURCES / "package.json").read_text("utf-8"))
    lock = json.loads((SOURCES / "package-lock.json").read_text("utf-8"))

    wanted = {**about["dependencies"], **about["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert all("resolved" not in entry for entry in packages.values())


def test_licences_are_kept_and_free():
    text = (BUNDLES / "LICENSES.txt").read_text("utf-8")

    kept = re.findall(r"^(@?[\w./-]+) (\d[\w.]*) \(([\w.-]+)\)$", text, re.MULTILINE)
    names = {name for name, _, _ in kept}
    assert {"axios", "buffer", "crypto-js", "date-fns", "lodash", "pinyin", "qs", "uuid",
            "whatwg-url", "tr46", "@exodus/bytes"} <= names  # fmt: skip
    assert {licence for _, _, licence in kept} <= FREE
    assert text.lower().count("copyright") >= len(names) - 3
