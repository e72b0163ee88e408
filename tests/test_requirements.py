"""What is installed is what is named: each package pinned to one version and to the hashes of its files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[\w,]+\])?==(?P<version>[^\s;\\]+)")


def entries(path):
    """{name: (version, rest of the entry)} of a file of requirements; extras and case of names do not count."""
    text = re.sub(r"\\\n", " ", (ROOT / path).read_text())
    found = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        match = NAMED.match(line)
        assert match, f"{path}: {line[:60]} is not pinned to a version"
        found[re.sub(r"[-_.]+", "-", match["name"]).lower()] = (match["version"], line[match.end() :])
    return found


@pytest.mark.parametrize("folder", ["", "tests/"])
def test_every_package_is_pinned_as_it_is_named_and_bound_to_its_hashes(folder):
    named, pinned = entries(f"{folder}requirements.in"), entries(f"{folder}requirements.txt")

    assert named and {name: version for name, (version, _) in named.items()} == {
        name: pinned.get(name, ("missing", ""))[0] for name in named
    }
    assert [name for name, (_, rest) in pinned.items() if "--hash=sha256:" not in rest] == []


def test_the_tests_run_with_the_packages_of_the_product():
    product, tests = entries("requirements.txt"), entries("tests/requirements.txt")

    assert {name: tests[name][0] for name in tests.keys() & product} == {
        name: product[name][0] for name in tests.keys() & product
    }


def test_nothing_is_installed_without_hashes():
    """pip asks for all hashes as soon as one is given; an address or a folder would go past them."""
    for path in ("requirements.txt", "tests/requirements.txt"):
        assert not re.search(
            r"^\s*(-e|-r|-i|--index|--extra|--find|git\+|https?:|file:)|@ ", (ROOT / path).read_text(), re.MULTILINE
        )
