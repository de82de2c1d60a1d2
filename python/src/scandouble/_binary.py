"""Where the program is."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def find_binary() -> str:
    """The path of the program: what ``SCANDOUBLE_BIN`` says, else what the wheel brought, else what the PATH has.

    :raises FileNotFoundError: if there is none.
    """
    named = os.environ.get("SCANDOUBLE_BIN")
    if named:
        if not os.path.isfile(named):
            raise FileNotFoundError(f"SCANDOUBLE_BIN names {named}, where no file is")
        return named
    name = "scandouble" + (sysconfig.get_config_var("EXE") or "")
    for folder in _folders():
        if (folder / name).is_file():
            return str(folder / name)
    found = shutil.which("scandouble")
    if found is None:
        raise FileNotFoundError("the program scandouble was not found; install the wheel, or name it with SCANDOUBLE_BIN")
    return found


def _folders() -> Iterator[Path]:
    """Where an installer may have put it: this environment, the user's own, beside the package (``pip --target``)."""
    yield Path(sysconfig.get_path("scripts"))
    yield Path(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))) if sys.version_info >= (3, 10) else Path(
        sysconfig.get_path("scripts", "nt_user" if os.name == "nt" else "posix_user")
    )
    yield Path(__file__).resolve().parent.parent / "bin"
