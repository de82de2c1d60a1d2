//! The console: its files, the redirect of a browser, and its session.

use super::{FIXTURE, emulator, problem};
use crate::harness::{Answer, ask, get, post, start_with};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const TOKEN: &str = "s3cret-t0ken";

/// The files that a page names.
fn references(page: &str) -> Vec<&str> {
    let parts = page.split(['"', '\'']);
    parts
        .filter(|part| part.starts_with("./") || (part.starts_with("console/") && part.contains('.')))
        .collect()
}

#[tokio::test]
async fn a_browser_gets_the_page_and_every_file_that_it_names() {
    let emulator = emulator().await;
    for prefix in ["", "/_world/t42"] {
        let answer = get(&format!("{prefix}/_scandouble/")).header("accept", BROWSER).send(&emulator).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let mut known: Vec<String> = references(answer.text()).into_iter().map(str::to_owned).collect();
        let mut bytes = answer.text().len();
        let mut next = 0;
        while let Some(file) = known.get(next).cloned() {
            let file = get(&format!("{prefix}/_scandouble/{file}")).send(&emulator).await;
            assert_eq!(file.status, 200, "{}", known[next]);
            assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
            bytes += file.text().len();
            for name in references(file.text()) {
                let name = name.replace("./", "console/");
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            next += 1;
        }
        assert!(known.len() > 10, "{known:?}");
        assert!(bytes < 150_000, "the page takes {bytes} bytes");
    }
    let worlds = get("/_scandouble/worlds").send(&emulator).await.json();
    assert_eq!(worlds["worlds"].as_array().expect("a list").len(), 1, "looking creates no world");
    emulator.stop().await.expect("stops");
}

/// The text between two others, as often as it occurs.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).map(move |rest| rest.split(end).next().unwrap_or_default())
}

#[tokio::test]
async fn the_first_page_is_complete_without_scripts() {
    let emulator = emulator().await;
    let page = get("/_world/t42/_scandouble/").header("accept", BROWSER).send(&emulator).await;
    let text = page.text();
    assert!(text.contains(&format!("<h1>scandouble {}</h1>", env!("CARGO_PKG_VERSION"))), "{text}");
    assert!(text.contains("Clients of world <code>t42</code>"), "{text}");
    for api in ["metadefender-cloud", "metadefender-core", "spectra-analyze", "spectra-intelligence", "admin"]
    {
        let reference = format!("/_world/t42/_scandouble/console/reference/{api}");
        assert!(text.contains(&format!("<li><a href=\"console/reference/{api}\">")), "{text}");
        assert_eq!(get(&reference).send(&emulator).await.status, 200);
    }
    for panel in ["live", "samples", "world", "accounts", "coverage"] {
        assert!(text.contains(&format!("<a href=\"#/{panel}\"")), "{text}");
    }
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn the_reference_has_every_operation_of_each_document() {
    let emulator = emulator().await;
    let css = get("/_scandouble/console/console.css").send(&emulator).await.text().len();
    for api in ["metadefender-cloud", "metadefender-core", "spectra-analyze", "spectra-intelligence", "admin"]
    {
        let file = if api == "admin" { "openapi.json".to_owned() } else { format!("openapi/{api}.json") };
        let document = get(&format!("/_scandouble/{file}")).send(&emulator).await.json();
        let page = get(&format!("/_scandouble/console/reference/{api}")).send(&emulator).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(page.header("content-security-policy").is_some_and(|policy| !policy.contains("unsafe")));
        let text = page.text();
        assert!(text.len() + css < 140_000, "{api} takes {} bytes", text.len());
        let mut expected = Vec::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for method in item.as_object().expect("methods").keys().filter(|name| *name != "parameters") {
                expected.push(format!("{} {path}", method.to_uppercase()));
            }
        }
        let mut shown: Vec<String> = between(text, "<form class=\"send\" data-method=\"", "\">")
            .map(|form| form.replace("\" data-path=\"", " "))
            .collect();
        expected.sort();
        shown.sort();
        assert_eq!(shown, expected, "{api}");
        for reference in references(text) {
            assert_eq!(reference, "", "addresses of files go two folders up");
        }
    }
    let cloud = get("/_scandouble/console/reference/metadefender-cloud").send(&emulator).await;
    assert!(cloud.text().contains("name=\"apikey\" data-place=\"header\" value=\"k7\""), "{}", cloud.text());
    let missing = get("/_scandouble/console/reference/nothing").send(&emulator).await;
    assert!(problem(&missing, 404).contains("nothing"));
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn the_reference_escapes_what_fixtures_contain() {
    let attack = "\"'><script>attacked=1</script>";
    let fixture = serde_json::json!({ "accounts": { "metadefender_cloud": [{ "key": attack }] },
        "samples": [{ "name": attack, "content": "x", "verdict": "infected", "threat": attack, "type": attack }] });
    let emulator = start_with(&fixture.to_string(), |builder| builder).await;
    for api in ["metadefender-cloud", "metadefender-core"] {
        let page = get(&format!("/_scandouble/console/reference/{api}")).send(&emulator).await;
        assert!(!page.text().contains("<script>attacked"), "{}", page.text());
        assert_eq!(page.text().matches("<script").count(), 1);
    }
    let cloud = get("/_scandouble/console/reference/metadefender-cloud").send(&emulator).await;
    assert!(cloud.text().contains("&#60;script&#62;attacked=1"), "{}", cloud.text());
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn files_are_revalidated_by_their_tag() {
    let emulator = emulator().await;
    let path = "/_scandouble/console/console.css";
    let first = get(path).send(&emulator).await;
    assert_eq!((first.status, first.header("cache-control")), (200, Some("no-cache")));
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = get(path).header("if-none-match", &tag).send(&emulator).await;
    assert_eq!((again.status, again.text(), again.header("etag")), (304, "", Some(&*tag)));
    let other = get(path).header("if-none-match", "\"0\"").send(&emulator).await;
    assert_eq!(other.status, 200);
    let missing = get("/_scandouble/console/nothing.js").send(&emulator).await;
    assert!(problem(&missing, 404).contains("nothing.js"));
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn a_browser_at_the_root_is_led_to_the_console() {
    let emulator = emulator().await;
    for path in ["/", "/_world/t42/"] {
        let answer = get(path).header("accept", BROWSER).send(&emulator).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some("_scandouble/")), "{path}");
        let client = get(path).header("accept", "*/*").send(&emulator).await;
        assert_eq!(client.status, 404, "clients see what they always saw");
        let sent = post(path).header("accept", BROWSER).send(&emulator).await;
        assert_eq!(sent.status, 404, "nobody is led away from what was sent");
    }
    let bare = get("/_scandouble").header("accept", BROWSER).send(&emulator).await;
    assert_eq!((bare.status, bare.header("location")), (302, Some("_scandouble/")));
    let journal = get("/_world/t43/_scandouble/journal").send(&emulator).await.json();
    assert_eq!(journal["entries"].as_array().map(Vec::len), Some(0));
    emulator.stop().await.expect("stops");
}

/// The session that an answer sets, as the browser sends it.
fn session(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");
    pair.to_owned()
}

#[tokio::test]
async fn the_token_is_asked_for_once() {
    let emulator = start_with(FIXTURE, |builder| builder.admin_token(TOKEN)).await;
    let page = get("/_scandouble/").header("accept", BROWSER).send(&emulator).await;
    assert_eq!(page.status, 200, "the page has no secret");
    assert_eq!(get("/_scandouble/console/app.js").send(&emulator).await.status, 200);
    // Unlike the first page, the reference shows credentials of the fixtures.
    let reference = get("/_world/a/_scandouble/console/reference/metadefender-cloud");
    let refused = reference.clone().send(&emulator).await;
    assert_eq!((refused.status, refused.header("location"), refused.text()), (302, Some("../../"), ""));
    let open = |token: &str| post("/_scandouble/console/session").json(&format!("{{\"token\":\"{token}\"}}"));
    let refused = open("wrong").send(&emulator).await;
    assert!(problem(&refused, 403).contains("--admin-token"));
    assert_eq!(refused.header("set-cookie"), None);
    let large = open(&"x".repeat(5000)).send(&emulator).await;
    assert!(problem(&large, 413).contains("larger than 4096 bytes"), "without a token, nobody sends much");
    let opened = open(TOKEN).send(&emulator).await;
    assert_eq!(opened.status, 204);
    let session = session(&opened);
    assert!(!session.contains(TOKEN));
    assert_eq!(reference.header("cookie", &session).send(&emulator).await.status, 200);
    let clock = |cookie: &str| get("/_world/a/_scandouble/clock").header("cookie", cookie);
    assert_eq!(clock(&format!("other=1; {session}")).send(&emulator).await.status, 200);
    assert_eq!(clock("scandouble-session=").send(&emulator).await.status, 401);
    assert_eq!(clock(&session[..session.len() - 1]).send(&emulator).await.status, 401);
    assert_eq!(clock(&session.replace("session=", "session=x")).send(&emulator).await.status, 401);
    let foreign =
        post("/_scandouble/reset").header("cookie", &session).header("origin", "http://evil.example");
    assert_eq!(foreign.send(&emulator).await.status, 403, "a cookie does not help another origin");
    let closed = ask("DELETE", "/_scandouble/console/session").send(&emulator).await;
    let cleared = closed.header("set-cookie").expect("a cookie");
    assert!(cleared.starts_with("scandouble-session=; Max-Age=0;"), "{cleared}");
    emulator.stop().await.expect("stops");
}

#[tokio::test]
async fn the_session_of_one_server_is_not_that_of_another() {
    let one = start_with(FIXTURE, |builder| builder.admin_token(TOKEN)).await;
    let other = start_with(FIXTURE, |builder| builder.admin_token("another")).await;
    let opened = post("/_scandouble/console/session").json(r#"{"token":"s3cret-t0ken"}"#).send(&one).await;
    let session = session(&opened);
    let asked = get("/_scandouble/clock").header("cookie", &session);
    assert_eq!(asked.send(&other).await.status, 401);
    for emulator in [one, other] {
        emulator.stop().await.expect("stops");
    }
}
