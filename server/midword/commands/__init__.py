"""The subcommands of `midword`, one module each."""
