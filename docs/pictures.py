"""The pictures of the screens in README and docs: the tests' own snapshots, drawn by headless Chromium.

    python -m docs.pictures

What the people and the model say in them is scripted, as the tests have it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures"
SNAPSHOTS = ROOT / "tests" / "tui" / "__snapshots__"
PICTURES = {
    "chat-question": SNAPSHOTS / "test_pictures" / "test_a_conversation[question-140x40-dark].svg",
    "chat-answer": SNAPSHOTS / "test_pictures" / "test_a_conversation[scores-140x40-dark].svg",
    "chat-helplines": SNAPSHOTS / "test_form_pictures" / "test_it_looks_as_it_did[dark-140x40-imminent].svg",
}


def photograph(page: str, size: tuple[int, int], target: Path, browser: str) -> None:
    """A page of HTML as PNG, in a window of this size in pixels."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, encoding="utf-8")
        window = f"--window-size={size[0]},{size[1]}"
        quiet = ("--headless", "--no-sandbox", "--disable-gpu")
        command = [browser, *quiet, window, f"--screenshot={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def draw(svg: Path, target: Path, browser: str) -> None:
    """One picture, as large as the drawing."""
    drawing = re.sub(r"@font-face\s*\{[^}]*\}", "", svg.read_text(encoding="utf-8"))  # fonts from the network
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing)
    if size is None:
        raise SystemExit(f"{svg.name} has no size")
    window = int(float(size[1])) + 1, int(float(size[2])) + 1
    photograph(f'<body style="margin:0">{drawing}</body>', window, target, browser)


def browser() -> str:
    """Where Chromium is; without it the program ends."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        sys.exit("no Chromium here: install one to draw the pictures")
    return found


def main() -> None:
    """All of them, into docs/figures."""
    for name, svg in PICTURES.items():
        draw(svg, FIGURES / f"{name}.png", browser())


if __name__ == "__main__":
    main()
