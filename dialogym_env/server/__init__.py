"""The server of `openenv-dialogym_env`."""
