"""`python -m penguin_local`."""

from __future__ import annotations

from penguin_local.cli.app import main

if __name__ == "__main__":
    main()
