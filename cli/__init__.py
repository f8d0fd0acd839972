"""The `dialogym` command, a file per family of subcommands."""
