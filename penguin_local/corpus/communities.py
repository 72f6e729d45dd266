"""Which community of a forum belongs to which domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from penguin_local import paths
from penguin_local.core.attributes import Domain
from penguin_local.corpus.network import read_toml
from penguin_local.errors import UsageError


@cache
def communities() -> Mapping[str, Domain]:
    """The paper's communities by their names in lower case."""
    document = read_toml(paths.data() / "communities.toml")
    return MappingProxyType({name: domain for domain in Domain for name in document[domain]})


def chosen(wishes: Sequence[str]) -> Mapping[str, Domain]:
    """The communities to read: the paper's for no wish; else those named, `NAME` or `NAME=DOMAIN`."""
    known = communities()
    found: dict[str, Domain] = {}
    for wish in (part.strip() for told in wishes for part in told.split(",")):
        name, sign, domain = wish.casefold().removeprefix("r/").partition("=")
        if not name:
            raise UsageError(
                f"--community {wish or repr('')} names no community",
                hint="NAME, or NAME=DOMAIN for one that is not among the paper's: --community knitting=social",
            )
        if sign and domain not in set(Domain):
            raise UsageError(
                f"--community {wish}: there is no domain {domain!r}", hint=f"domains: {', '.join(Domain)}"
            )
        if not sign and name not in known:
            raise UsageError(
                f"--community {wish}: which domain does it belong to?",
                hint=f"--community {name}=DOMAIN; known are: {', '.join(known)}",
            )
        found[name] = Domain(domain) if sign else known[name]
    return MappingProxyType(found or dict(known))
