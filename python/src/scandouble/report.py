"""Reports of a test run: the journal of a world as text, and the formats of coverage."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
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


def coverage(apis: list[dict[str, Any]], width: int) -> list[str]:
    """Returns the coverage of these APIs as lines of a table, ``width`` characters wide: the share of each API, and the
    behaviours that are missing. Of an API that was not called, nothing is listed."""
    name = max((len(api["api"]) for api in apis), default=0)
    lines = []
    for api in apis:
        missing = [row["id"] for row in api["behaviours"] if row["in_scope"] and not row["count"]]
        called = any(row["count"] for row in api["behaviours"])
        head = f"{api['api']:{name}}  {api['percent']:5.1f} %  {api['exercised']:>3} of {api['in_scope']:<3}"
        lines.append(head.rstrip() + ("" if not missing else "  missing:" if called else "  not called"))
        if missing and called:
            indent = " " * 4
            lines += textwrap.wrap(
                ", ".join(missing), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )
    if len(apis) > 1:
        exercised, in_scope = (sum(api[part] for api in apis) for part in ("exercised", "in_scope"))
        lines.append(f"{'total':{name}}  {share(apis):5.1f} %  {exercised:>3} of {in_scope}")
    return lines


def share(apis: list[dict[str, Any]]) -> float:
    """Returns the percentage of these APIs together, rounded down to a tenth like the server's."""
    in_scope, exercised = (sum(api[part] for api in apis) for part in ("in_scope", "exercised"))
    return (exercised * 1000 // in_scope) / 10 if in_scope else 100.0


def too_low(apis: list[dict[str, Any]], chosen: list[dict[str, Any]], minimums: Mapping[str, float]) -> list[str]:
    """Returns a sentence for each minimum that the coverage does not reach. A minimum is for an API, or for ``all``: those
    that are chosen."""
    failures = []
    for name, minimum in minimums.items():
        part = chosen if name == "all" else [api for api in apis if api["api"] == name]
        percent = share(part) if part else 0.0
        of = "scandouble coverage" if name == "all" else f"scandouble coverage of {name}"
        if percent < minimum:
            failures.append(f"FAIL: {of} is {percent:g} %, below {minimum:g} %")
    return failures
