use serde::Deserialize;
use serde_json::Value;

use super::{json, query};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    count: u16,
    #[serde(default)]
    items: Vec<Item>,
    urgent: Option<bool>,
    how: Option<How>,
    limit: Option<usize>,
    price: Option<Price>,
    anything: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum How {
    ByPost,
    Pieces(u64),
    Drone { height: f64 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a number or {\"at_most\": 5}")]
enum Price {
    Fixed(u64),
    Range { at_most: u64 },
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let value = serde_json::from_str(text).expect("JSON");
    let error = json::<Order>(value).expect_err(text);
    assert_eq!(error.to_string(), expected, "{text}");
}

#[test]
fn valid_bodies_are_decoded() {
    let text = r#"{"count":2,"items":[{"name":"a"}],"urgent":true,"how":{"pieces":3},"anything":[1.5,null,{"b":-1}]}"#;
    let order: Order = json(serde_json::from_str(text).expect("JSON")).expect("an order");
    assert_eq!((order.count, order.items[0].name.as_str(), order.urgent), (2, "a", Some(true)));
    assert_eq!((order.how, order.price), (Some(How::Pieces(3)), None));
    assert_eq!(order.anything.expect("a value").to_string(), r#"[1.5,null,{"b":-1}]"#);
    for (text, how) in
        [(r#""by-post""#, How::ByPost), (r#"{"drone":{"height":2}}"#, How::Drone { height: 2.0 })]
    {
        assert_eq!(json::<How>(serde_json::from_str(text).expect("JSON")).expect("how"), how);
    }
    assert_eq!(json::<Price>(Value::from(7)).expect("a price"), Price::Fixed(7));
    assert_eq!(
        json::<Price>(serde_json::json!({"at_most":5})).expect("a price"),
        Price::Range { at_most: 5 }
    );
}

#[test]
fn errors_name_the_field_by_its_path_and_suggest_what_was_meant() {
    refused(r#"{"count":1,"urgant":true}"#, "unknown field `urgant`; did you mean `urgent`?");
    refused(
        r#"{"count":1,"items":[{"name":"a"},{"nmae":"b"}]}"#,
        "unknown field `items[1].nmae`; did you mean `name`?",
    );
    refused(r#"{"count":1,"items":[{"colour":"b"}]}"#, "unknown field `items[0].colour`; use one of `name`");
    refused(r#"{"count":1,"how":"by-pots"}"#, "`how`: unknown value \"by-pots\"; did you mean \"by-post\"?");
    refused(
        r#"{"count":1,"how":{"drone":{"heigth":2}}}"#,
        "unknown field `how.drone.heigth`; did you mean `height`?",
    );
    refused(r#"{"count":1,"how":{"drone":{}}}"#, "the field `how.drone.height` is missing");
    refused("{}", "the field `count` is missing");
}

#[test]
fn errors_say_what_a_value_must_be() {
    refused("[1]", "the body must be a JSON object, not [1]");
    refused(r#"{"count":70000}"#, "`count` must be a whole number from 0 to 65535, not 70000");
    refused(r#"{"count":"7"}"#, "`count` must be a whole number from 0 to 65535, not \"7\"");
    refused(r#"{"count":1,"limit":-1}"#, "`limit` must be a whole number from 0, not -1");
    refused(r#"{"count":1,"urgent":"yes"}"#, "`urgent` must be true or false, not \"yes\"");
    refused(r#"{"count":1,"items":{}}"#, "`items` must be a list, not {}");
    refused(r#"{"count":1,"items":[{"name":5}]}"#, "`items[0].name` must be text in double quotes, not 5");
    refused(r#"{"count":1,"how":5}"#, "`how` must be one of by-post, pieces, drone, not 5");
    refused(r#"{"count":1,"how":"pieces"}"#, "`how` must be an object with a value, such as {\"pieces\": …}");
    refused(r#"{"count":1,"how":{"by-post":1}}"#, "`how` must be the text \"by-post\" alone");
    refused(
        r#"{"count":1,"how":{"drone":{"height":"2"}}}"#,
        "`how.drone.height` must be a number, not \"2\"",
    );
    refused(r#"{"count":1,"price":"low"}"#, "`price` must be a number or {\"at_most\": 5}");
}

#[test]
fn long_texts_are_cut_in_messages() {
    let long = "x".repeat(100_000);
    let error = json::<Order>(serde_json::json!({ &*long: 1 })).expect_err("refused").to_string();
    assert!(error.len() < 300 && error.starts_with("unknown field `xxx"), "{error}");
    let error = json::<Order>(serde_json::json!({ "count": long })).expect_err("refused").to_string();
    assert!(error.len() < 300 && error.ends_with('…'), "{error}");
}

#[test]
fn parameters_are_text_numbers_and_flags() {
    let order: Order = query("count=2&urgent=true&limit=5").expect("an order");
    assert_eq!((order.count, order.urgent, order.limit), (2, Some(true), Some(5)));
    for (text, expected) in [
        ("count=2&limt=1", "unknown parameter `limt`; did you mean `limit`?"),
        ("count=2&count=3", "the parameter `count` is given twice; leave one out"),
        ("count=x", "`count` must be a whole number from 0 to 65535, not \"x\""),
        ("count=1&urgent=yes", "`urgent` must be true or false, not \"yes\""),
        ("", "the parameter `count` is missing"),
    ] {
        assert_eq!(query::<Order>(text).expect_err(text).message("parameter"), expected);
    }
}
