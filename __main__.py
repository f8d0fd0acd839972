"""The `dialogym` command: `python -m dialogym --help`."""

from __future__ import annotations

from .cli import align, bench, data, talk
from .cli.shared import (
    app,
    in_sentences,
)

__all__ = ["align", "bench", "data", "main", "talk"]  # imported for the commands they add


def main() -> None:
    """Runs the command; an error of this package is one sentence on stderr and exit code 2."""
    in_sentences(app)


if __name__ == "__main__":
    main()
