import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import scandouble


def test_modules_do_not_import_each_other_in_a_circle():
    folder = Path(scandouble.__file__).parent
    imports = {path.stem: set(_siblings(path)) for path in folder.glob("*.py")}
    assert {"admin", "world"} <= imports["server"], imports
    TopologicalSorter(imports).prepare()


def _siblings(path):
    """The modules of the package that a module imports, also those for type checkers alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            yield from [node.module] if node.module else [name.name for name in node.names]


def test_the_asynchronous_world_is_the_twin_of_the_synchronous_one():
    generate = Path(__file__).resolve().parent.parent / "generate_aio"
    done = subprocess.run([sys.executable, generate, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
