"""One server for every window: the daemon, the shim that leads an editor to it, and how they meet.

The shim's modules (all but `daemon` and `log`) import nothing but the standard library, for one
starts with every window.

It takes Unix sockets and `fork`, so on Windows nothing of this is imported: there `midword connect`
is a server of its own.
"""

NONE_ON_WINDOWS = "there is no daemon on Windows: each window has a server of its own"
