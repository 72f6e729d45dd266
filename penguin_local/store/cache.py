"""Values that were expensive to compute, by the digest of all that they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penguin_local.store.database import Database


class StoredCache:
    """`safety.evaluator.Cache` in the database; nothing is ever changed or thrown away."""

    def __init__(self, database: Database, *, namespace: str) -> None:
        """`namespace`: what every value depends on besides its key, such as the engine's version."""
        self._database = database
        self._namespace = namespace

    def get(self, keys: Sequence[str]) -> dict[str, str]:
        """Those of the keys that are there, with their JSON text."""
        if not keys:
            return {}
        own = {f"{self._namespace}/{key}": key for key in keys}
        found = self._database.rows(
            "SELECT key, value FROM cache WHERE key IN (SELECT unnest(?))", [list(own)]
        )
        return {own[key]: value for key, value in found}

    def put(self, values: Mapping[str, str]) -> None:
        """Keep them, all or none; a key that is there already is left as it is."""
        if not values:
            return
        keys = [f"{self._namespace}/{key}" for key in values]
        with self._database.transaction() as write:
            write(
                "INSERT INTO cache "
                "SELECT key, value FROM (SELECT unnest(?) AS key, unnest(?) AS value) AS new "
                "WHERE NOT EXISTS (SELECT 1 FROM cache AS old WHERE old.key = new.key)",
                [keys, list(values.values())],
            )
