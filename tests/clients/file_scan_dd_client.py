"""file-scan-dd against MetaDefender Cloud v4: it uploads a file as a form and polls its result."""

import os
import tempfile

from double import TLS, VERIFY, Double, flow, gives, same
from file_scan_dd import file_scan_dd, scan_file


def scan(url, content, key="exampleapikey"):
    file_scan_dd.API_URL = f"{url}/v4/file"
    if TLS:
        os.environ["REQUESTS_CA_BUNDLE"] = VERIFY
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return scan_file(key, file.name, {"from": "test"})


def is_clean(result):
    assert (result["status"], result["data"]["is_clean"]) == (200, True), result
    return f"200 {result['data']['scan_result']['scan_results']['scan_all_result_a']}"


with Double() as address:
    flow("upload, then verdict")
    gives("scan_file, a clean one", lambda: scan(address, b"nobody knows this"), is_clean)
    gives("scan_file, an infected one", lambda: scan(address, b"stored"), same({"status": 422, "error": "File is infected!"}))
    # An answer with an error is false to this client, so it takes it for a failed connection.
    gives("scan_file, an unknown key", lambda: scan(address, b"stored", "wrong"), lambda result: same(500)(result["status"]))
