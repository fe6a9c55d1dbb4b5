"""Executes a program that ends when the desk does. Run as a script, by path, with `python -I -S`.

Arguments: pid of the desk, death signal, user id, group id (-1 = unchanged), program, its arguments.

A separate process image between fork and exec, because Python code after a fork of a threaded process can deadlock.
The user is changed first, because Linux clears the death signal then.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(desk: int, death: int, uid: int, gid: int, program: list[str]) -> str:
    """Execute the program; returns only on failure, with the error in one line."""
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
