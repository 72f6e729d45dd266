"""Write size and sha256 of the bundled files into the catalogue: `python -m models.recipes.pin`, after making one anew.

Without this the program refuses the new file, as it would any other that is not the published one.
"""

from __future__ import annotations

import re
from pathlib import Path

from penguin_local.lm.catalogue import BUNDLED, BUNDLED_EMBEDDER, catalogue_path
from penguin_local.lm.inventory import bundled_place
from penguin_local.lm.weights import sha256_of


def pinned(text: str, name: str, path: Path) -> str:
    """The catalogue with this entry's two lines as the file is now."""
    head, mark, entry = text.partition(f'name = "{name}"\n')
    entry = re.sub(r"(?m)^bytes = .*$", f"bytes = {path.stat().st_size:_}", entry, count=1)
    entry = re.sub(r"(?m)^sha256 = .*$", f'sha256 = "{sha256_of(path)}"', entry, count=1)
    return head + mark + entry


def main() -> None:
    """Both of them."""
    catalogue = catalogue_path()
    text = catalogue.read_text(encoding="utf-8")
    for name in (BUNDLED, BUNDLED_EMBEDDER):
        text = pinned(text, name, bundled_place(name))
    catalogue.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
