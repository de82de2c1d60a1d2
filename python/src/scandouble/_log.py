"""The output of a server that was started here: JSON lines in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Log:
    """The output in the file ``path``. Any process can read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self) -> int:
        """Returns its size in bytes, for :meth:`warnings`."""
        return self.path.stat().st_size

    def started(self) -> tuple[str, str | None] | None:
        """Returns the base URLs of a server that has started, for HTTP and HTTPS."""
        https = None
        for event in self._events():
            if event.get("event") == "address" and event["tls"] and event["api"] is None:
                https = str(event["url"]).replace("127.0.0.1", "localhost")
            if event.get("event") == "listening":
                return str(event["url"]), https
        return None

    def errors(self) -> str:
        """Returns why the server did not start: each error with its file, line and mark."""
        shown = []
        for event in self._events():
            if event.get("event") == "error":
                shown.append(str(event["text"]))
            elif event.get("level") in ("ERROR", None):
                shown.append(str(event["message"]))
        return "\n".join(shown)

    def warnings(self, since: int = 0) -> list[str]:
        """Returns the warnings and errors behind the first ``since`` bytes."""
        return [str(event["message"]) for event in self._events(since)
                if event.get("level") in ("WARN", "ERROR") and "message" in event]

    def _events(self, since: int = 0) -> Iterator[dict[str, Any]]:
        """Yields the complete lines behind the first ``since`` bytes. A line that is not JSON has the level ``None``."""
        with self.path.open("rb") as file:
            file.seek(since)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                text = line.decode("utf-8", "replace").rstrip()
                try:
                    event = json.loads(text)
                except ValueError:
                    event = None
                yield event if isinstance(event, dict) else {"level": None, "message": text}
