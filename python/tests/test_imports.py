import ast
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
