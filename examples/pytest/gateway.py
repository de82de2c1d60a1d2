"""The code under test: a mail gateway that queries four services. It does not depend on scandouble."""

import base64
import json
import urllib.error
import urllib.request


class Busy(Exception):
    """The service asks to retry after a number of seconds."""

    def __init__(self, seconds):
        super().__init__(f"retry in {seconds} s")
        self.seconds = seconds


def ask(method, url, body=None, **headers):
    """Returns the text of a response. Raises `Busy` if the service asks to retry."""
    request = urllib.request.Request(url, method=method, data=body.encode() if body else None)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code in (403, 429, 503):
            raise Busy(int(error.headers.get("Retry-After", 60))) from None
        raise


class Cloud:
    """Asks MetaDefender Cloud which attachments are infected."""

    def __init__(self, base, key):
        self.base, self.key = base, key

    def infected(self, hashes):
        answer = json.loads(ask("POST", f"{self.base}/v2/hash", json.dumps({"hash": hashes}), apikey=self.key))
        return [one["hash"] for one in answer if one["scan_result"] == 1]

    def infected_in_the_end(self, hashes, sleep, tries=3):
        for left in reversed(range(tries)):
            try:
                return self.infected(hashes)
            except Busy as busy:
                if not left:
                    raise
                sleep(busy.seconds)


class Core:
    """Asks MetaDefender Core about an attachment."""

    def __init__(self, base):
        self.base = base

    def verdict(self, digest):
        answer = json.loads(ask("GET", f"{self.base}/hash/{digest}"))
        if "scan_results" not in answer:
            return "unknown"
        if answer["scan_results"]["progress_percentage"] < 100:
            return "wait"
        return "pass" if answer["process_info"]["result"] == "Allowed" else "block"


class Appliance:
    """Has Spectra Analyze analyze a file again."""

    def __init__(self, base, token):
        self.base, self.token = base, token

    def look_again(self, digest):
        answer = ask("POST", f"{self.base}/api/samples/{digest}/analyze/", '{"analysis":"cloud"}',
                     Authorization=f"Token {self.token}", Content_Type="application/json")
        return json.loads(answer)["message"]


class Intelligence:
    """Has Spectra Intelligence rescan a file."""

    def __init__(self, base, user, password):
        self.base, self.credentials = base, base64.b64encode(f"{user}:{password}".encode()).decode()

    def rescan(self, digest):
        return ask("GET", f"{self.base}/api/rescan/v1/query/sha1/{digest}", Authorization=f"Basic {self.credentials}")
