"""``python -m scandouble`` runs the program that the wheel installed."""

import os
import subprocess
import sys

from ._binary import find_binary

if __name__ == "__main__":
    command = [find_binary(), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(command[0], command)
    sys.exit(subprocess.run(command).returncode)
