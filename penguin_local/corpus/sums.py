"""Whether the frozen scenario sets are the files that were published: `data/SHA256SUMS` says what they hash to.

The list is in the format of `sha256sum`, so that `sha256sum -c SHA256SUMS` checks it without this program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from penguin_local import paths
from penguin_local.errors import BadInput
from penguin_local.lm.weights import sha256_of

NAME: Final = "SHA256SUMS"
_REMEDY: Final = "restore it from the repository or reinstall"


@dataclass(frozen=True, slots=True)
class Sum:
    """A file and its hash, as listed and as found."""

    name: str
    listed: str
    found: str | None
    """None: there is no such file."""

    @property
    def agrees(self) -> bool:
        """Whether it is the file that was published."""
        return self.found == self.listed


def check_sums(folder: Path | None = None) -> list[Sum]:
    """Every file of the list, hashed now. Raises BadInput when the list is missing or is none."""
    folder = folder or paths.data()
    return [Sum(name, listed, _hash(folder / name)) for name, listed in _listed(folder / NAME)]


def _hash(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


def _inside(name: str) -> bool:
    """Whether it names a file of the folder, or of one in it."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _listed(path: Path) -> list[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}", hint=_REMEDY) from error
    found = []
    for number, line in enumerate(lines, 1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef") or not _inside(name):
            raise BadInput(f"{path}:{number} is no line of hash and file name", hint=_REMEDY)
        found.append((name, digest))
    return found
