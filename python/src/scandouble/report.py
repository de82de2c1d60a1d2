"""Reports of a test run: the journal of a world as text, and the formats of coverage."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from .admin import Refused
from .world import World

#: The formats of the coverage report, by the suffix of the file.
FORMATS = {".html": "html", ".json": "json", ".txt": "text", ".xml": "junit"}
#: The maximum number of exchanges in a report, and of characters of a body.
_MAX_EXCHANGES, _MAX_BODY = 50, 2000


def format_of(path: str) -> str | None:
    """Returns the format for a file of this name."""
    return FORMATS.get(PurePath(path).suffix)


def journal(world: World) -> str:
    """Returns the last exchanges of a world as text, for the report of a failed test."""
    try:
        answer = world.admin.call("GET", "journal", limit=_MAX_EXCHANGES)
    except (OSError, Refused) as error:
        return f"the journal could not be read: {error}"
    if not answer["entries"]:
        return f"nothing was received; give the client under test {world.url} as its base URL"
    missing = answer["matching"] - len(answer["entries"]) + answer["dropped"]
    before = [f"({missing} earlier exchanges are left out)"] if missing else []
    return "\n".join([*before, *(_exchange(entry) for entry in answer["entries"])])


def _exchange(entry: dict[str, Any]) -> str:
    request, response = entry["request"], entry["response"]
    query = f"?{request['query']}" if request["query"] else ""
    behaviours = ", ".join(behaviour["name"] for behaviour in entry["behaviours"]) or "no emulated API"
    lines = [
        f"#{entry['number']}  {request['method']} {request['path']}{query}  ->  {response['status']}  {behaviours}",
        f"    at {entry['at']}, account {entry['account']}",
        *_body(">", request["body"]),
        *_body("<", response["body"]),
        *(f"    fault: {name}" for name in entry["faults"]),
    ]
    for finding in entry["findings"]:
        source = f" ({finding['source']})" if finding.get("source") else ""
        lines.append(f"    {finding['kind']}: {finding['text']}{source}")
    return "\n".join(lines)


def _body(mark: str, body: dict[str, Any]) -> list[str]:
    if not body["size"]:
        return []
    text = body.get("text")
    if text is None:
        return [f"    {mark} {body['size']} bytes"]
    if len(text) > _MAX_BODY:
        text = f"{text[:_MAX_BODY]}… ({body['size']} bytes)"
    return [f"    {mark} {line}" for line in text.splitlines()]
