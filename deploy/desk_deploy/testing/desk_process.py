"""A desk that consists of its PostgreSQL only, for tests of refusals, kills and other users.

Usage: `python desk_process.py DIR [PROGRAMS]`. Prints `ready PID URL`, or `refused REASON`.
"""

import signal
import sys
from pathlib import Path

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.up.process import LaunchError

if __name__ == "__main__":
    programs = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    try:
        with EmbeddedPostgres(Path(sys.argv[1]), fsync=False, programs=programs) as server:
            sys.stdout.write(f"ready {server.pid} {server.url}\n")
            sys.stdout.flush()
            signal.sigwait([signal.SIGTERM])
    except LaunchError as error:
        sys.stdout.write(f"refused {error}\n")
