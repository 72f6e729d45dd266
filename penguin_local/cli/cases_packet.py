"""A conversation on the terminal, and the supervision packet as Markdown and JSON."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from penguin_local import __version__, paths
from penguin_local.core.text import safe_text
from penguin_local.errors import NoRoom

if TYPE_CHECKING:
    from datetime import datetime

    from penguin_local.agent.packet import Redaction, Row
    from penguin_local.agent.packet_overview import Packet
    from penguin_local.agent.record import Line
    from penguin_local.store.casebook import CaseInfo
    from penguin_local.store.vault import Vault

_SPECIAL: Final = str.maketrans({"\\": "\\\\", "<": "&lt;", "&": "&amp;", "[": "\\[", "]": "\\]", "`": "\\`"})
"""What could make a viewer fetch an image, hide where a link leads, or run HTML."""


def numbered_lines(vault: Vault, case: str) -> list[tuple[int, Line]]:
    """Every entry of a case, decoded, with its number."""
    from penguin_local.agent.record import decoded

    return [(entry.number, decoded(entry.text)) for entry in vault.numbered(case)]


def packet_of(vault: Vault, info: CaseInfo, hidden: frozenset[Redaction], *, exported: datetime) -> Packet:
    """The whole packet."""
    from penguin_local.agent.packet_overview import Heading, packet

    about = info.about
    heading = Heading(
        case=info.id,
        title=about.title,
        mode=about.mode,
        created=info.created,
        changed=info.changed,
        keep_days=about.keep_days,
        lost=vault.lost(info.id),
        exported=exported,
        program=f"penguin-local {__version__}",
        data_sha256=data_sha256(),
    )
    return packet(heading, numbered_lines(vault, info.id), hidden)


def data_sha256() -> str:
    """Of the list that names every bundled data file with its own checksum."""
    from penguin_local.lm.weights import sha256_of

    listed = paths.data() / "SHA256SUMS"
    return sha256_of(listed) if listed.exists() else "unknown"


def as_json(packet: Packet) -> str:
    """What a terminal would obey is written as JSON escapes: it stays the same text to whoever reads it."""
    from penguin_local.agent.packet_overview import as_json as fields

    return safe_text(json.dumps(fields(packet), ensure_ascii=False, indent=2)) + "\n"


def as_markdown(packet: Packet) -> str:
    """For reading and printing: no image in it loads, no HTML runs."""
    from penguin_local.agent.packet_overview import as_json as fields

    return "\n".join([*_head(packet), *_overview(packet), "## The conversation", "", *_entries(packet)]) + (
        f"\nsha256 of the entries: `{fields(packet)['content_sha256']}`\n"
    )


def conversation(rows: tuple[Row, ...], lost: tuple[int, ...]) -> Iterator[str]:
    """Lines for a terminal; the order of the entries, lost ones named where they were."""
    missing = list(lost)
    for row in rows:
        while missing and missing[0] < row.number:
            yield f"{missing.pop(0)}. this entry was damaged and could not be kept\n"
        at = f" · {row.at:%Y-%m-%d %H:%M} UTC" if row.at else ""
        yield f"{row.number}. {row.heading}{at}"
        yield from (f"    {line}" for line in row.text.splitlines())
        yield from (f"    ({what}: {fact})" for what, fact in row.facts)
        yield ""
    yield from (f"{number}. this entry was damaged and could not be kept\n" for number in missing)


def write_private(path: Path, text: str, *, force: bool) -> None:
    """A whole file that only its owner may read, or nothing at all. Raises NoRoom."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
            if not force and path.exists():
                raise FileExistsError(errno.EEXIST, "it was made meanwhile", str(path))
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NoRoom(
            f"cannot write {path}: {error.strerror}", hint="choose a folder with room that you may write to"
        ) from error


def _head(packet: Packet) -> list[str]:
    from penguin_local.agent.packet_overview import shown_title

    heading = packet.heading
    lines = [f"# {_safe(shown_title(packet))}", "", *(f"> {remark}" for remark in packet.remarks), ""]
    lines += [f"- case: {heading.case}", f"- for: {_safe(heading.mode)}"]
    if "times" not in packet.left_out:
        lines += [
            f"- begun: {heading.created:%Y-%m-%d %H:%M} UTC",
            f"- last entry: {heading.changed:%Y-%m-%d %H:%M} UTC",
        ]
        lines.append(f"- exported: {heading.exported:%Y-%m-%d %H:%M} UTC")
    lines.append(f"- left out: {', '.join(packet.left_out) or 'nothing'}")
    if heading.lost:
        lines.append(
            f"- entries that were damaged and could not be kept: {', '.join(map(str, heading.lost))}"
        )
    return [*lines, f"- program: {heading.program}, data sha256 {heading.data_sha256}", ""]


def _overview(packet: Packet) -> list[str]:
    seen = packet.overview
    lists = (
        ("asked", seen.asked),
        ("used in an answer", seen.used),
        ("declined", seen.declined),
        ("why the asking ended", seen.stopped),
        ("scores", seen.scores),
        ("models", seen.models),
        ("prompts", seen.prompts),
        ("consent", seen.consent),
        ("screenings", seen.screenings),
    )
    lines = ["## At a glance", ""]
    for name, items in lists:
        lines.append(f"- {name}: {_safe('; '.join(items)) or 'nothing'}")
    lines.append(f"- answers: {seen.answers}, of which the crisis layer replaced {seen.replaced}")
    return [*lines, f"- highest level that the crisis layer saw: {seen.highest_level}", ""]


def _entries(packet: Packet) -> Iterator[str]:
    for row in packet.rows:
        at = f" · {row.at:%Y-%m-%d %H:%M:%S} UTC" if row.at else ""
        yield f"### {row.number}. {_safe(row.heading)}{at}"
        yield ""
        if row.text:
            yield from (f"> {_safe(line)}" for line in row.text.splitlines())
            yield ""
        for what, fact in row.facts:
            yield f"- {_safe(what)}: {_safe(fact)}"
        if row.facts:
            yield ""


def _safe(text: str) -> str:
    return safe_text(text.replace("\n", " ").translate(_SPECIAL))
