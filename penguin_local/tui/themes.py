"""Dark, light and high contrast."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

PREFIX: Final = "penguin-"

DARK: Final = Theme(
    name=f"{PREFIX}dark",
    dark=True,
    primary="#7fb7d6",
    secondary="#5d8aa8",
    accent="#e9b872",
    warning="#e9b872",
    error="#e58b8b",
    success="#8cc9a1",
    foreground="#dfe6ec",
    background="#10161d",
    surface="#161e27",
    panel="#1e2833",
    variables={
        "border": "#33475a",
        "border-blurred": "#2a3846",
        "muted": "#93a4b3",
        "input-selection-background": "#7fb7d6 35%",
        "block-cursor-background": "#7fb7d6",
        "block-cursor-foreground": "#10161d",
    },
)
LIGHT: Final = Theme(
    name=f"{PREFIX}light",
    dark=False,
    primary="#1d6184",
    secondary="#3f7c9c",
    accent="#8f4f00",
    warning="#8f4f00",
    error="#a5282d",
    success="#23693d",
    foreground="#1d2832",
    background="#faf9f6",
    surface="#f1efe9",
    panel="#e6e3da",
    variables={
        "border": "#b9b3a4",
        "border-blurred": "#cfcabd",
        "muted": "#55636f",
        "input-selection-background": "#1d6184 25%",
        "block-cursor-background": "#1d6184",
        "block-cursor-foreground": "#ffffff",
    },
)
CONTRAST: Final = Theme(
    name=f"{PREFIX}contrast",
    dark=True,
    primary="#ffff00",
    secondary="#00ffff",
    accent="#00ffff",
    warning="#ffff00",
    error="#ff9d9d",
    success="#7dff7d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    text_alpha=1.0,
    variables={
        "border": "#ffffff",
        "border-blurred": "#ffffff",
        "muted": "#ffffff",
        "input-selection-background": "#0000ff",
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "scrollbar": "#ffffff",
        "scrollbar-background": "#000000",
    },
)
THEMES: Final = (DARK, LIGHT, CONTRAST)


def theme_named(name: str) -> Theme:
    """`dark`, `light` or `contrast`; anything else is dark: a wrong word in a file must not lock anybody out."""
    return next((theme for theme in THEMES if theme.name == f"{PREFIX}{name}"), DARK)


def short(name: str) -> str:
    """`dark` of `penguin-dark`."""
    return name.removeprefix(PREFIX)
