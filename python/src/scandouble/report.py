"""What a test run shows: the journal of a world as text, and the forms of coverage."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from .admin import Refused
from .world import World

#: The forms of the coverage report, by how the file's name ends.
FORMS = {".html": "html", ".json": "json", ".txt": "text", ".xml": "junit"}
#: How many of the last exchanges are shown, and how much of a body.
_EXCHANGES, _BODY = 50, 2000


def form_of(path: str) -> str | None:
    """The form for a file of this name."""
    return FORMS.get(PurePath(path).suffix)


def journal(world: World) -> str:
    """The last exchanges of a world, for a person who wonders why a test failed."""
    try:
        answer = world.admin.call("GET", "journal", limit=_EXCHANGES)
    except (OSError, Refused) as error:
        return f"the journal could not be had: {error}"
    if not answer["entries"]:
        return f"nothing was received; the client under test wants {world.url} as its base address"
    missing = answer["matching"] - len(answer["entries"]) + answer["dropped"]
    before = [f"({missing} earlier ones are left out)"] if missing else []
    return "\n".join([*before, *(_exchange(entry) for entry in answer["entries"])])


def _exchange(entry: dict[str, Any]) -> str:
    request, response = entry["request"], entry["response"]
    query = f"?{request['query']}" if request["query"] else ""
    behaviours = ", ".join(one["name"] for one in entry["behaviours"]) or "no emulated API"
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
    if len(text) > _BODY:
        text = f"{text[:_BODY]}… ({body['size']} bytes)"
    return [f"    {mark} {line}" for line in text.splitlines()]
