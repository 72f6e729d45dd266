"""Boxes and dots that show by a sign, not by colour alone, whether they are chosen."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox, RadioButton


class Check(Checkbox):
    """`[✓]` or `[ ]`."""

    @property
    def _button(self) -> Content:
        return Content("[✓]" if self.value else "[ ]")


class Dot(RadioButton):
    """`(●)` or `( )`."""

    @property
    def _button(self) -> Content:
        return Content("(●)" if self.value else "( )")
