"""docs/studies.md: command, tables and figure of every study, from what `make studies` left in out/studies.

python -m docs.studies [FOLDER]
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

from docs.pictures import FIGURES, ROOT, browser, photograph

STUDIES = ("table2", "attributes", "abstention", "correlation", "path", "subsets", "convergence")
"""In the order of `make studies`."""
HEAD = """# Every study of the paper, small

Made by `make studies` and `python -m docs.studies` with the bundled **demonstration model, self-judged**: they show
how the studies run, and say nothing about real models. Each command can be given by itself, larger (`--per-domain`)
and with models of one's own (`--model`, `--judge`); its `--html` page also names the versions and the fingerprints.
Stopped, each goes on. What all options mean: [docs/commands.md](commands.md).
"""
_OF_THE_FILES = re.compile(r" --html \S+ --format md")


def one(name: str, folder: Path) -> str:
    """One study's part of the page; its first figure is drawn on the way."""
    report = (folder / f"{name}.html").read_text(encoding="utf-8")
    command = re.search(r"penguin-local study [^<]*", report)
    drawing = re.search(r'<svg[^>]* width="(\d+)" height="(\d+)".*?</svg>', report, re.DOTALL)
    if command is None or drawing is None:
        raise SystemExit(f"{name}.html names no command, or shows no figure")
    style = "".join(re.findall(r"<style.*?</style>", report, re.DOTALL))
    page = (
        f'<!doctype html><meta charset="utf-8">{style}<body style="margin:12px;background:#fff">{drawing[0]}'
    )
    photograph(page, (int(drawing[1]) + 40, int(drawing[2]) + 40), FIGURES / f"{name}.png", browser())
    title, _, tables = (folder / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    given = _OF_THE_FILES.sub("", html.unescape(command[0])).strip()
    return (
        f"{title}\n\n    {given}\n\n![{title.removeprefix('## ')}](figures/{name}.png)\n\n{tables.strip()}\n"
    )


def main() -> None:
    """The page and all figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out" / "studies"
    parts = [HEAD, *(one(name, folder) for name in STUDIES)]
    (ROOT / "docs" / "studies.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
