"""docs/security.md keeps its word: the tests that it names exist, and its sums are right."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| [^|]+ \| \*{0,2}(met|partly|not met|n/a)\*{0,2}: ", re.MULTILINE)


def names_in(path) -> set[str]:
    return {node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)

    assert len(named) > 50
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []


def test_every_file_that_is_named_exists():
    lines = [line for line in TEXT.splitlines() if "‡" not in line]
    named = re.findall(r"`((?:apps|config|docs|tests)/[\w./*-]+)(?:::\w+)?`", "\n".join(lines))

    assert [path for path in named if not list(ROOT.glob(path))] == []


def test_every_requirement_of_levels_1_and_2_has_its_row():
    rows = ROW.findall(TEXT)
    summed = re.search(r"All (\d+) requirements.*: (\d+) met, (\d+) partly, (\d+) not met, (\d+) about", TEXT)
    counted = Counter(status for _, _, status in rows)

    assert len({number for number, _, _ in rows}) == len(rows) == 253
    assert Counter(level for _, level, _ in rows) == {"1": 70, "2": 183}  # as the standard counts them
    assert [int(number) for number in summed.groups()] == [
        len(rows),
        *(counted[status] for status in ("met", "partly", "not met", "n/a")),
    ]
