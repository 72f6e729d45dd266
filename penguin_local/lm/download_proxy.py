"""The proxy that the environment names: whether the client can go by it, and what it is called to people."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from penguin_local.errors import UsageError

_FOR: Final = ("http", "https", "all")
_KINDS: Final = frozenset({"http", "https"})
_SOCKS: Final = frozenset({"socks5", "socks5h"})
"""The client needs a package for them that does not come along."""


def proxy_for(endpoint: str) -> str | None:
    """`host:port` of the proxy on the way there, without a name and password; None where there is none.

    Raises UsageError for any that the client could not use: it looks at all of them before it asks anything.
    """
    named = getproxies()
    if "*" in (host.strip() for host in named.get("no", "").split(",")):
        return None
    found = {scheme: _checked(scheme, named[scheme]) for scheme in _FOR if named.get(scheme)}
    parts = urlsplit(endpoint)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return found.get(parts.scheme) or found.get("all")


def _checked(scheme: str, address: str) -> str:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        whole = bool(parts.hostname) and " " not in address and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise _unusable(scheme, "is not the address of a proxy")
    if parts.scheme not in _KINDS and not (parts.scheme in _SOCKS and find_spec("socksio")):
        raise _unusable(
            scheme, f"names a proxy of the kind {parts.scheme!r}, and http and https ones can be used"
        )
    return parts.netloc.rpartition("@")[2]


def _unusable(scheme: str, what: str) -> UsageError:
    # The address itself may hold a password.
    return UsageError(
        f"{scheme.upper()}_PROXY {what}",
        hint="set it to http://HOST:PORT, or unset it (in small letters too)",
    )
