"""The server that a Space runs: one environment of dialogym, chosen by environment variables.

    DIALOGYM_ENV        id of the environment (PersuasionForGood-v0)
    DIALOGYM_USER       who sits in the other seat, as `dialogym show --user` takes it (the scripted default)
    DIALOGYM_SECRET     under which people and their luck are drawn (public: by the seed alone)
    DIALOGYM_SNAPSHOTS  1 or 0: whether the state tells snapshots, which hold what is hidden from who plays (1)
    DIALOGYM_SESSIONS   conversations at once (64)

Locally `dialogym serve` does the same, with options.
"""

import argparse
import os

import uvicorn

from dialogym.integrations.openenv import SESSIONS, application

app = application(
    os.environ.get("DIALOGYM_ENV", "PersuasionForGood-v0"),
    partner=os.environ.get("DIALOGYM_USER") or None,
    secret=os.environ.get("DIALOGYM_SECRET", "public"),
    snapshots=os.environ.get("DIALOGYM_SNAPSHOTS", "1") != "0",
    sessions=int(os.environ.get("DIALOGYM_SESSIONS", str(SESSIONS))),
)


def main() -> None:
    """Serves `app` (the command `server`)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    uvicorn.run(app, host=given.host, port=given.port)


if __name__ == "__main__":
    main()
