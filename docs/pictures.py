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
SNAPSHOTS = ROOT / "tests" / "tui" / "__snapshots__"
PICTURES = {
    "chat-question": SNAPSHOTS / "test_pictures" / "test_a_conversation[question-140x40-dark].svg",
    "chat-answer": SNAPSHOTS / "test_pictures" / "test_a_conversation[scores-140x40-dark].svg",
    "chat-helplines": SNAPSHOTS / "test_form_pictures" / "test_it_looks_as_it_did[dark-140x40-imminent].svg",
}


def draw(svg: Path, target: Path, browser: str) -> None:
    """One picture, as large as the drawing."""
    drawing = re.sub(r"@font-face\s*\{[^}]*\}", "", svg.read_text(encoding="utf-8"))  # fonts from the network
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing)
    if size is None:
        raise SystemExit(f"{svg.name} has no size")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f'<body style="margin:0">{drawing}</body>', encoding="utf-8")
        window = f"--window-size={int(float(size[1])) + 1},{int(float(size[2])) + 1}"
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                window,
                f"--screenshot={target}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


def main() -> None:
    """All of them, into docs/figures."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium here: install one to draw the pictures")
    for name, svg in PICTURES.items():
        draw(svg, ROOT / "docs" / "figures" / f"{name}.png", browser)


if __name__ == "__main__":
    main()
