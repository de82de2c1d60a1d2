"""Finds the program."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def find_binary() -> str:
    """Returns the path of the program: ``SCANDOUBLE_BIN``, else that of the wheel, else that on the ``PATH``.

    :raises FileNotFoundError: if there is none.
    """
    named = os.environ.get("SCANDOUBLE_BIN")
    if named:
        if not os.path.isfile(named):
            raise FileNotFoundError(f"SCANDOUBLE_BIN is {named}, which is not a file")
        return named
    name = "scandouble" + (sysconfig.get_config_var("EXE") or "")
    for folder in _folders():
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which("scandouble")
    if found is None:
        raise FileNotFoundError("the program scandouble was not found; install the wheel, or set SCANDOUBLE_BIN to its path")
    return found


def _folders() -> Iterator[Path]:
    """Folders where an installer puts programs: this environment, the user's, beside the package (``pip --target``)."""
    yield Path(sysconfig.get_path("scripts"))
    yield Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))) if sys.version_info >= (3, 10) else Path(
        sysconfig.get_path("scripts", "nt_user" if os.name == "nt" else "posix_user")
    )
    yield Path(__file__).resolve().parent.parent / "bin"
