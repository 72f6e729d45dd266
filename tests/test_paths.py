"""Where bundled files are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from penguin_local import paths


def test_an_installed_package_never_takes_a_strangers_folder_for_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "penguin_local"
    for folder in (tmp_path, package / "_bundled"):
        (folder / "data").mkdir(parents=True)
        (folder / "models").mkdir()
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert (paths.data(), paths.models()) == (package / "_bundled/data", package / "_bundled/models")


def test_in_a_checkout_they_lie_beside_the_package() -> None:
    assert paths.data().parent == paths.models().parent == Path(paths.__file__).resolve().parents[1]
