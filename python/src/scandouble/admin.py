"""A client of the admin API: JSON over HTTP, with the standard library alone."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class Refused(Exception):
    """The server refused a request. The text says why and what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        #: The status of the response.
        self.status = status


class Admin:
    """The admin API, ``/_scandouble/``, of the server or of the world at ``url``.

    ``token`` is the ``--admin-token`` of the server. The default is ``SCANDOUBLE_ADMIN_TOKEN``.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token if token is not None else os.environ.get("SCANDOUBLE_ADMIN_TOKEN")
        # The server is local. A proxy for the internet cannot reach it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: object = None, **query: str | int | None) -> Any:
        """Sends a request. Returns the JSON of the response, its text if it is not JSON, or ``None`` if it is empty.

        A ``str`` as the body is sent unchanged, so it may also be YAML.

        :raises Refused: if the response is an error.
        :raises OSError: if there is no response.
        """
        given = {name: value for name, value in query.items() if value is not None}
        url = f"{self.url}/_scandouble/{path}" + (f"?{urllib.parse.urlencode(given)}" if given else "")
        if body is None and method in ("POST", "PUT"):
            body = {}
        data = None
        if body is not None:
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(url, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=70) as response:
                return _read(response.headers.get_content_type(), response.read())
        except urllib.error.HTTPError as error:
            with error:
                answer = _read(error.headers.get_content_type(), error.read())
            detail = answer.get("detail") if isinstance(answer, dict) else None
            text = detail or f"{method} {url} returned {error.code}: {answer}"
            raise Refused(error.code, str(text)) from None


def _read(kind: str, body: bytes) -> Any:
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    return json.loads(text) if kind in ("application/json", "application/problem+json") else text
