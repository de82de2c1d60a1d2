"""One flow per vendor, as a gateway runs it, with `requests` alone."""

import base64
import hashlib
import xml.etree.ElementTree as ET

import requests
from double import VERIFY, Double, advance, call_admin, flow, frozen, gives, same

EICAR = base64.b64decode("WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo=")


def digest(text, kind="sha1"):
    return hashlib.new(kind, text.encode() if isinstance(text, str) else text).hexdigest()


def ask(method, url, **more):
    return requests.request(method, url, verify=VERIFY, timeout=30, **more)


def spectra_analyze(url):
    """Token, status, reanalyse, already queued, advance, reanalyse; upload, status, reanalyse."""
    world = frozen(url, "spectra-analyze")
    said = ask("POST", f"{world}/api-token-auth/", data={"username": "scandouble", "password": "scandouble"})
    gives("Spectra Analyze: a token", said.json, lambda answer: "200" if len(answer["token"]) == 40 else 1 / 0)
    token = {"Authorization": f"Token {said.json()['token']}"}

    def status(text):
        answer = ask("POST", f"{world}/api/samples/status/", headers=token, data={"hash_values": digest(text)})
        return [each["status"] for each in answer.json()["results"]]

    def reanalyse(text):
        answer = ask("POST", f"{world}/api/samples/{digest(text)}/analyze/", headers=token, json={"analysis": "cloud,core"})
        return answer.status_code, answer.json()["message"]

    queued, already = (201, "Sample is queued for analysis."), (200, "Sample is already queued for analysis.")
    gives("Spectra Analyze: its status", lambda: status("stored"), same(["processed"]))
    gives("Spectra Analyze: reanalyse", lambda: reanalyse("stored"), same(queued))
    gives("Spectra Analyze: reanalyse, already queued", lambda: reanalyse("stored"), same(already))
    gives("Spectra Analyze: under reanalysis it is processed", lambda: status("stored"), same(["processed"]))
    advance(world, "30s")
    gives("Spectra Analyze: reanalyse, the time is over", lambda: reanalyse("stored"), same(queued))
    gives("Spectra Analyze: a sample that is to come", lambda: status("brought along"), same(["not_found"]))
    gives("Spectra Analyze: upload it",
          lambda: ask("POST", f"{world}/api/uploads/", headers=token, files={"file": ("new.txt", b"brought along")}),
          lambda answer: same((201, "Done.", digest("brought along")))(
              (answer.status_code, answer.json()["message"], answer.json()["detail"]["sha1"])))
    advance(world, "10m")
    gives("Spectra Analyze: its status then", lambda: status("brought along"), same(["processed"]))
    gives("Spectra Analyze: reanalyse it", lambda: reanalyse("brought along"), same(queued))
    gives("Spectra Analyze: what an endpoint is", lambda: ask("OPTIONS", f"{world}/api/samples/analyze_bulk/", headers=token),
          lambda answer: same((200, "POST, OPTIONS"))((answer.status_code, answer.headers["Allow"])))
    gives("Spectra Analyze: upload nothing",
          lambda: ask("POST", f"{world}/api/uploads/", headers=token, files={"other": ("new.txt", b"x")}),
          lambda answer: same((400, '{"file":["No file was submitted."]}'))((answer.status_code, answer.text)))


def metadefender_core(url):
    """Look up, upload, poll, look up; the same with the EICAR test file, which is infected; a session."""
    for name, content, found in (("clean.txt", b"nobody knows this", (0, "Allowed")), ("eicar.com", EICAR, (1, "Blocked"))):
        world = frozen(url, f"core-{name}")
        value = digest(content, "sha256")
        look = lambda: ask("GET", f"{world}/hash/{value}").json()
        done = lambda result: (result["scan_results"]["progress_percentage"], result["scan_results"]["scan_all_result_i"],
                               result["process_info"]["result"])
        gives(f"Core: look {name} up", look, same({value: "Not Found"}))
        sent = ask("POST", f"{world}/file", data=content, headers={"filename": name, "rule": "File%20scan"})
        gives(f"Core: upload {name}", sent.json, lambda answer: "200" if len(answer["data_id"]) == 32 else 1 / 0)
        poll = lambda: ask("GET", f"{world}/file/{sent.json()['data_id']}").json()
        gives(f"Core: poll {name}, at work", poll, lambda result: same("Processing")(done(result)[2]))
        advance(world, "10m")
        gives(f"Core: poll {name}, done", poll, lambda result: same((100, *found))(done(result)))
        gives(f"Core: look {name} up again", look, lambda result: same((100, *found))(done(result)))
        gives(f"Core: its name, {name}", look, lambda result: same(name)(result["file_info"]["display_name"]))
    gives("Core: upload nothing", lambda: ask("POST", f"{url}/file", data=b""),
          lambda answer: same((422, '{"err":"File is empty."}'))((answer.status_code, answer.text)))
    gives("Core: poll what was never sent", lambda: ask("GET", f"{url}/file/0123456789abcdef0123456789abcdef").json(),
          same({"0123456789abcdef0123456789abcdef": "Not Found"}))
    gives("Core: its version", lambda: ask("GET", f"{url}/version").json(), lambda answer: answer["version"])


def core_session(url):
    log_in = lambda password: ask("POST", f"{url}/login", json={"user": "admin", "password": password})
    both = lambda status, text: lambda answer: same((status, text))((answer.status_code, answer.text))
    gives("Core: a wrong login", lambda: log_in("wrong"), both(403, '{"err":"Failed to login"}'))
    session = log_in("x").json()["session_id"]
    look = lambda key: ask("GET", f"{url}/hash/{digest('stored')}", headers={"apikey": key} if key else {})
    gives("Core: without a session", lambda: look(None), both(403, '{"err":"Access denied"}'))
    gives("Core: in a session", lambda: look(session).status_code, same(200))
    gives("Core: log out", lambda: ask("POST", f"{url}/logout", headers={"apikey": session}),
          both(200, '{"response":"Logout success"}'))
    gives("Core: after the session", lambda: look(session), both(403, '{"err":"Access denied"}'))


def spectra_intelligence(url):
    """All four lists, in JSON and XML, with every combination of request and response format."""
    hashes = [digest("stored"), digest("known"), digest("nobody"), "no hash"]
    expected = dict(zip(["sent_for_rescan", "sample_unavailable", "unknown_hashes", "invalid_hashes"], [[each] for each in hashes]))
    items = "".join(f"<item>{each}</item>" for each in hashes)
    bodies = {
        "json": str({"rl": {"query": {"hash_type": "sha1", "hashes": hashes}}}).replace("'", '"'),
        "xml": f"<rl><query><hash_type>sha1</hash_type><hashes>{items}</hashes></query></rl>",
    }
    readers = {
        "application/json": lambda answer: answer.json()["rl"],
        "application/xml": lambda answer: {each.tag: [item.text for item in each] for each in ET.fromstring(answer.text)},
    }

    def bulk(kind, query):
        answer = ask("POST", f"{url}/api/rescan/v1/bulk_query/{kind}{query}", auth=("u/fast", "scandouble"),
                     data=bodies[kind], headers={"Content-Type": "application/octet-stream"})
        return answer.status_code, answer.headers["Content-Type"], readers[answer.headers["Content-Type"]](answer)

    for kind, query, reply in (("json", "", "json"), ("xml", "", "xml"), ("json", "?format=xml", "xml"), ("xml", "?format=json", "json")):
        gives(f"TCA-0205: all four lists, {kind} answered in {reply}", lambda: bulk(kind, query),
              same((200, f"application/{reply}", expected)))


def metadefender_cloud(url):
    """Look-ups up to the limit, reset, look-up; with a reset by the admin API and by the clock, also in version 4."""
    world = frozen(url, "cloud")

    def look(path="/v2/hash", **headers):
        answer = ask("POST", world + path, json={"hash": [digest("stored")]}, headers={"apikey": "limitedapikey"} | headers)
        return answer.status_code, answer.headers.get("X-RateLimit-Remaining"), answer.headers.get("X-RateLimit-Reset-In")

    gives("Cloud: a look-up", look, same((200, "1", "86400s")))
    gives("Cloud: a look-up to the limit", look, same((200, "0", "86400s")))
    gives("Cloud: a look-up beyond it", look, lambda answer: same((403, "0"))(answer[:2]))
    gives("Cloud: version 4 beyond it", lambda: look("/v4/hash"), lambda answer: same(429)(answer[0]))
    call_admin(world, "POST", "reset", {"parts": ["limits"]})
    gives("Cloud: a look-up after a reset", look, same((200, "1", "86400s")))
    advance(world, "1h")
    gives("Cloud: a look-up an hour later", look, same((200, "0", "82800s")))
    gives("Cloud: and one too many", look, lambda answer: same(403)(answer[0]))
    advance(world, "23h")
    gives("Cloud: a look-up when the window is over", look, same((200, "1", "86400s")))
    about = lambda key: ask("GET", f"{world}/metascan_rest/apikey", headers={"apikey": key}).status_code
    gives("Cloud: a connection test, a known key and an unknown one", lambda: (about("exampleapikey"), about("wrong")),
          same((200, 401)))


def one_sample_four_products(url):
    """A verdict that a rescan in one product changes is visible in all products."""
    world = frozen(url, "together")
    call_admin(world, "POST", "samples", {"samples": [{
        "name": "late.exe", "content": "late", "verdict": "clean",
        "after_rescan": {"verdict": "infected", "threat": "Win32.Late", "after": "90s"}}]})
    core = lambda: ask("GET", f"{world}/hash/{digest('late')}").json()["scan_results"]["scan_all_result_i"]
    cloud = lambda: ask("POST", f"{world}/v2/hash", json={"hash": [digest("late")]},
                        headers={"apikey": "exampleapikey"}).json()[0]["scan_result"]
    gives("together: clean at first", lambda: (core(), cloud()), same((0, 0)))
    gives("together: rescanned by Spectra Intelligence",
          lambda: ask("GET", f"{world}/api/rescan/v1/query/sha1/{digest('late')}", auth=("u/fast", "scandouble")).text,
          same("Sample sent for rescanning"))
    gives("together: not yet", lambda: (core(), cloud()), same((0, 0)))
    advance(world, "10m")
    gives("together: infected then", lambda: (core(), cloud()), same((1, 1)))


with Double() as address:
    flow("upload, status, reanalyse")
    spectra_analyze(address)
    flow("upload, then verdict")
    metadefender_core(address)
    flow("rescan many")
    spectra_intelligence(address)
    flow("use up limits")
    metadefender_cloud(address)
    flow("one sample in all products")
    one_sample_four_products(address)
with Double(fixtures=("fixtures-keys.yaml",)) as address:
    flow("sessions")
    core_session(address)
