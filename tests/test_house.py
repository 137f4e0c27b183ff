"""The house is in order: folders, names, sizes, and documents whose links lead somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from cli.main import VERBS
from engine.uci.options import OPTIONS

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cli", "engine", "latplan", "nets", "search", "selfplay")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
#: Names that say nothing of their subject.
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "tools", "stuff"}
#: Lines of the longest file that is still one subject; data is no subject.
LONGEST = 450


def links(page: Path) -> list[str]:
    """The relative links of a page, without their fragments."""
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    return [link for link in found if "://" not in link]


def test_the_top_level_has_the_rooms_of_the_house_and_no_others() -> None:
    # Environments, builds and runs may lie beside them.
    beside = {path.name for path in ROOT.glob(".*")} | {"build", "dist", "runs", "venv"}
    folders = (path for path in ROOT.iterdir() if path.is_dir() and path.name not in beside)
    rooms = {path.name for path in folders if any(path.rglob("*.py"))}
    assert rooms == {*PACKAGES, "tests", "benchmarks", "examples"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_a_subject(path: Path) -> None:
    assert path.stem not in DRAWERS
    text = path.read_text("utf-8")
    if text.strip():
        assert text.startswith('"""'), "its first line says what it is about"
    if path.name != "weights.py":
        assert text.count("\n") <= LONGEST


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for link in links(page):
        assert (page.parent / link).exists(), link


def test_the_index_lists_every_document() -> None:
    listed = set(links(ROOT / "docs" / "index.md"))
    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert "docs/index.md" in links(ROOT / "README.md")


def test_the_verbs_are_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "command-line.md").read_text("utf-8"), re.MULTILINE)
    assert documented == list(VERBS)


def test_the_options_of_the_engine_are_documented_as_they_are() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (\w+) \| (.*?) \|", (ROOT / "docs" / "uci.md").read_text("utf-8"), re.MULTILINE
    )
    expected = []
    for option in OPTIONS:
        default = {
            "check": str(option.default).lower(),
            "spin": f"{option.default} ({option.least} to {option.most})",
            "combo": str(option.default),
            "string": str(option.default) or "empty",
            "button": "",
        }[option.kind]
        expected.append((option.name, option.kind, default))
    assert rows == expected


def test_continuous_integration_runs_the_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert re.search(rf"^{command}", script, re.MULTILINE), command
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in re.findall(r"^\| `(NUMBA_[^`]+)` \|", readme, re.MULTILINE):
        assert command in script
    assert "pip install -c constraints.txt" in readme
    assert "-c constraints.txt" in script


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_no_file_names_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".yaml"}:
            assert not re.search(r"/(?:home|root|Users)/\w", path.read_text("utf-8")), name
