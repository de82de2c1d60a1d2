"""reversinglabs-sdk-py3 against TCA-0205: every method that rescans, and every status that it can get."""

import hashlib
import inspect
import warnings

from double import TLS, VERIFY, Double, advance, failing, flow, frozen, gives, raises
from ReversingLabs.SDK import helper
from ReversingLabs.SDK.ticloud import ReanalyzeFile

warnings.simplefilter("ignore")

IS_OLD = hasattr(ReanalyzeFile, "ranalyze_samples")


def digest(text, kind="sha1"):
    return hashlib.new(kind, text.encode()).hexdigest()


def client(url, user="u/fast", password="scandouble", **more):
    """Returns a client. It accepts https URLs only, so for plain HTTP its address is changed afterwards."""
    host = url if TLS else "https://127.0.0.1"
    made = ReanalyzeFile(host=host, username=user, password=password, verify=VERIFY, **more)
    if not TLS:
        made._url = f"{url}{{endpoint}}"
    return made


def text_is(status, text):
    def check(response):
        assert (response.status_code, response.text) == (status, text), (response.status_code, response.text)
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8", response.headers

    return check


def lists_are(sent=(), unavailable=(), unknown=(), invalid=()):
    expected = {
        "sent_for_rescan": list(sent),
        "sample_unavailable": list(unavailable),
        "unknown_hashes": list(unknown),
        "invalid_hashes": list(invalid),
    }

    def check(response):
        answer = response.json()
        lists = answer
        while not isinstance(lists.get("sent_for_rescan"), list):
            (lists,) = lists.values()
        assert lists == expected, answer
        assert response.headers["Content-Type"] == "application/json", response.headers
        return f"{response.status_code} " + ", ".join(f"{len(each)} {name}" for name, each in expected.items())

    return check


def single(url):
    for kind in ("md5", "sha1", "sha256"):
        gives(f"rescan one, {kind}", lambda: client(url).reanalyze_samples(digest("stored", kind)),
              text_is(200, "Sample sent for rescanning"))
    gives("rescan one, upper case", lambda: client(url).reanalyze_samples(digest("stored").upper()),
          text_is(200, "Sample sent for rescanning"))
    gives("rescan one, in a world of its own",
          lambda: client(f"{url}/_world/t1").reanalyze_samples(digest("stored")),
          text_is(200, "Sample sent for rescanning"))
    if IS_OLD:
        gives("rescan one, the deprecated misspelt method",
              lambda: client(url).ranalyze_samples(digest("stored")), lambda result: None)
    raises("rescan one without a stored file", helper.NotFoundError,
           lambda: client(url).reanalyze_samples(digest("known")), error_says("Requested sample unavailable"))
    raises("rescan one that is unknown", helper.NotFoundError,
           lambda: client(url).reanalyze_samples(digest("nobody")), error_says("Requested sample unavailable"))
    gives("rescan one that is unknown, none allowed",
          lambda: client(url, allow_none_return=True).reanalyze_samples(digest("nobody")),
          text_is(404, "Requested sample unavailable"))


def bulk(url):
    hashes = [digest(text) for text in ("stored", "known", "nobody", "second")]
    gives("rescan a list", lambda: client(url).reanalyze_samples(hashes),
          lists_are(sent=[hashes[0], hashes[3]], unavailable=[hashes[1]], unknown=[hashes[2]]))
    upper = [digest("stored", "sha256").upper()] * 2
    gives("rescan a list, upper case, twice", lambda: client(url).reanalyze_samples(upper), lists_are(sent=upper))
    raises("rescan a list of two types, refused by the client itself", helper.WrongInputError,
           lambda: client(url).reanalyze_samples([digest("stored", "md5"), digest("stored", "sha1")]))
    many = [digest(f"{number}") for number in range(101)]
    gives("rescan 100", lambda: client(url).reanalyze_samples(many[:100]), lists_are(unknown=many[:100]))
    raises("rescan 101", helper.BadRequestError, lambda: client(url).reanalyze_samples(many),
           error_says("Too many hashes, maximum is 100"))


def refusals(url):
    raises("a wrong password", helper.UnauthorizedError,
           lambda: client(url, password="wrong").reanalyze_samples(digest("stored")), error_says(""))
    raises("an unknown user", helper.UnauthorizedError,
           lambda: client(url, user="nobody").reanalyze_samples([digest("stored")]), error_says(""))
    raises("a suspended account", helper.UnauthorizedError,
           lambda: client(url, user="u/suspended").reanalyze_samples(digest("stored")), error_says(""))
    raises("an account without entitlement", helper.ForbiddenError,
           lambda: client(url, user="u/unentitled").reanalyze_samples(digest("stored")), error_says(""))
    still = frozen(url, "rate")
    slow = client(still, user="u/slow")
    gives("as many requests as allowed in a second", lambda: slow.reanalyze_samples(digest("stored")),
          text_is(200, "Sample sent for rescanning"))
    raises("more requests than allowed in a second", helper.TooManyRequestsError,
           lambda: slow.reanalyze_samples(digest("stored")), error_says(""))
    advance(still, "1s")
    gives("again a second later", lambda: slow.reanalyze_samples(digest("stored")),
          text_is(200, "Sample sent for rescanning"))
    daily = client(url, user="u/daily")
    two = [digest("stored"), digest("second")]
    gives("within the daily quota", lambda: daily.reanalyze_samples(two), lists_are(sent=two))
    raises("an error within the daily quota", helper.NotFoundError, lambda: daily.reanalyze_samples(digest("nobody")))
    gives("that error cost nothing", lambda: daily.reanalyze_samples(digest("third")),
          text_is(200, "Sample sent for rescanning"))
    raises("beyond the daily quota", helper.TooManyRequestsError,
           lambda: daily.reanalyze_samples(digest("stored")), error_says(""))
    monthly = client(url, user="u/monthly")
    gives("within the monthly quota", lambda: monthly.reanalyze_samples(digest("stored")),
          text_is(200, "Sample sent for rescanning"))
    raises("beyond the monthly quota", helper.TooManyRequestsError,
           lambda: monthly.reanalyze_samples([digest("stored")]), error_says(""))


def injected(url):
    for status, error, text in ((500, helper.InternalServerError, "Internal server error"),
                                (503, helper.ServiceUnavailableError, "Service unavailable"),
                                (429, helper.TooManyRequestsError, "")):
        world = failing(url, status)
        raises(f"an injected {status}, one", error, lambda: client(world).reanalyze_samples(digest("stored")), error_says(text))
        raises(f"an injected {status}, a list", error, lambda: client(world).reanalyze_samples([digest("stored")]),
               error_says(text))


def other_statuses(url):
    """Statuses that the public methods cannot provoke, through the client's own request and error handling."""

    def send(method, path, **more):
        made = client(url)
        response = getattr(made, f"_{method}_request")(url=f"{url}{path}", **more)
        made._raise_on_error(response)
        return response

    raises("a malformed hash", helper.BadRequestError,
           lambda: send("get", "/api/rescan/v1/query/md5/abc"), error_says("Invalid hash value"))
    raises("an unknown hash type", helper.BadRequestError,
           lambda: send("get", f"/api/rescan/v1/query/sha512/{digest('stored', 'sha512')}"), error_says("Invalid hash type"))
    raises("an unknown post format", helper.BadRequestError,
           lambda: send("post", "/api/rescan/v1/bulk_query/yaml", post_json={}), error_says("Invalid post format"))
    raises("an unknown answer format", helper.BadRequestError,
           lambda: send("post", "/api/rescan/v1/bulk_query/json", post_json={}, params={"format": "yaml"}),
           error_says("Invalid format"))
    raises("a malformed body", helper.BadRequestError,
           lambda: send("post", "/api/rescan/v1/bulk_query/json", data="{"), error_says("Malformed request body"))
    raises("an unknown path", helper.NotFoundError, lambda: send("get", "/api/rescan/v9/query"), error_says("Not found"))
    raises("a wrong method", helper.NotAllowedError,
           lambda: send("post", f"/api/rescan/v1/query/sha1/{digest('stored')}"), error_says("Method not allowed"))
    raises("a body of 20 MB", helper.RequestTooLargeError,
           lambda: send("post", "/api/rescan/v1/bulk_query/json", data=b" " * 20_000_000),
           error_says("Request entity too large"))
    gives("XML by hand",
          lambda: send("post", "/api/rescan/v1/bulk_query/xml", data="<rl><query><hash_type>sha1</hash_type><hashes>"
                       f"<item>{digest('stored')}</item></hashes></query></rl>"),
          lambda response: response.text.index(f"<sent_for_rescan><item>{digest('stored')}</item>") and "200 XML")


def error_says(text):
    """Returns a check of the error's response text. Only newer SDK versions put the response in the error."""
    has_response = "response_object" in inspect.signature(helper.NotFoundError.__init__).parameters

    def check(error):
        if has_response:
            assert error.response_object.text == text, error.response_object.text

    return check


with Double() as address:
    flow("errors")
    raises("an address without TLS is refused by the client itself", helper.WrongInputError,
           lambda: ReanalyzeFile(host="http://127.0.0.1", username="u", password="p"))
    flow("rescan one")
    single(address)
    flow("rescan many")
    bulk(address)
    flow("errors")
    refusals(address)
    other_statuses(address)
    injected(address)
with Double("spectra-intelligence.content-type=refuse") as address:
    raises("a list as JSON, where the content type must be the page's", helper.BadRequestError,
           lambda: client(address).reanalyze_samples([digest("stored")]), error_says("Malformed request body"))
with Double("auth=any") as address:
    gives("any credentials, where the double takes any",
          lambda: client(address, user="who", password="ever").reanalyze_samples(digest("stored")),
          text_is(200, "Sample sent for rescanning"))
