"""One server for every window: the daemon, the shim that leads an editor to it, and how they meet.

The shim's modules (all but `daemon` and `log`) import nothing but the standard library, for one
starts with every window.
"""
