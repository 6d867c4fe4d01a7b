"""A user without a home, as in a container: no HOME, and no account that has one."""

NOBODY = """
import os, pwd, sys
def no_account(_):
    raise KeyError
pwd.getpwuid = no_account
for name in list(os.environ):
    if name == "HOME" or name.startswith("XDG_"):
        del os.environ[name]
os.environ["PATH"] = ""  # no other program, which would look for a home itself
from midword.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""`python -c` with Midword's arguments; whoever runs the tests has an account."""
