"""Becomes another program that ends when the desk does. Run as a script, by path, with `python -I -S`.

Arguments: pid of the desk, death signal, user id, group id (-1 = unchanged), program, its arguments.

A step of its own between fork and exec, because Python code after a fork of a threaded process can deadlock, and in
this order, because Linux forgets the death signal when the user changes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(desk: int, death: int, uid: int, gid: int, program: list[str]) -> str:
    """Returns only when it failed: why, in one line."""
    try:
        if uid >= 0:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death, 0, 0, 0)
        if os.getppid() != desk:
            return "the desk ended before its child began"
        os.execv(program[0], program)  # noqa: S606  no shell is the point
    except OSError as error:
        return f"cannot run {program[0]} as user id {os.geteuid() if uid < 0 else uid}: {error.strerror}"


if __name__ == "__main__":
    desk, death, uid, gid = (int(argument) for argument in sys.argv[1:5])
    sys.exit(main(desk, death, uid, gid, sys.argv[5:]))
