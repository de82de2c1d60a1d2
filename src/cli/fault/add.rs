//! `scandouble fault add`: builds a fault rule from flags.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::error::CommandError;
use crate::cli::input::read_input;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  scandouble fault add --hash 44d88612fea8a8f36de82e1278abb02f --every 3 --delivery reset\n  \
                        scandouble fault add --status 502 --body @page.html --content-type text/html\n  \
                        scandouble fault add --latency 100ms..2s --chance 0.5 --seed 7"
)]
pub(super) struct FaultAddArgs {
    /// An id of your own; a rule with the same id is replaced [default: generated]
    #[arg(long)]
    id: Option<String>,

    /// Requests to this API
    #[arg(long, help_heading = "Which requests (default: all)")]
    api: Option<String>,
    /// Requests to this endpoint, "POST /v2/hash"
    #[arg(long, help_heading = "Which requests (default: all)")]
    endpoint: Option<String>,
    /// Requests of this account, by name or key
    #[arg(long, help_heading = "Which requests (default: all)")]
    account: Option<String>,
    /// Requests with this hash in the path or the body
    #[arg(long, help_heading = "Which requests (default: all)")]
    hash: Option<String>,

    /// Only the next COUNT of these
    #[arg(long, value_name = "COUNT", help_heading = "How often (default: always)")]
    #[arg(conflicts_with_all = ["every", "chance"])]
    next: Option<u64>,
    /// Every STEPth of these
    #[arg(
        long,
        value_name = "STEP",
        help_heading = "How often (default: always)",
        conflicts_with = "chance"
    )]
    every: Option<u64>,
    /// Each of these with this probability, from 0 to 1
    #[arg(long, value_name = "PROBABILITY", help_heading = "How often (default: always)")]
    chance: Option<f64>,
    /// The seed for --chance; the same seed gives the same sequence [default: 0]
    #[arg(long, help_heading = "How often (default: always)", requires = "chance")]
    seed: Option<u64>,

    /// Answer with this status and the vendor's body for it
    #[arg(long, help_heading = "What happens (can be combined)")]
    status: Option<u16>,
    /// The reason phrase after the status, which only HTTP/1.1 has
    #[arg(long, value_name = "TEXT", help_heading = "What happens (can be combined)")]
    reason: Option<String>,
    /// Answer with this text, or with the content of a file: @FILE
    #[arg(long, value_name = "TEXT|@FILE", help_heading = "What happens (can be combined)")]
    body: Option<String>,
    /// The content type of --body [default: application/json if it is JSON, else text/plain]
    #[arg(long, value_name = "TYPE", help_heading = "What happens (can be combined)", requires = "body")]
    content_type: Option<String>,
    /// Add this header to the answer; may be given several times
    #[arg(long, value_name = "NAME: VALUE", help_heading = "What happens (can be combined)")]
    header: Vec<String>,
    /// Add Retry-After to the answer: seconds, or an HTTP date
    #[arg(long, value_name = "SECONDS", help_heading = "What happens (can be combined)")]
    retry_after: Option<String>,
    /// Refuse as the vendor refuses an unknown credential (revoked) or one without quota left (exhausted)
    #[arg(long, value_name = "WHY", help_heading = "What happens (can be combined)")]
    #[arg(value_parser = ["revoked", "exhausted"], hide_possible_values = true)]
    refuse: Option<String>,
    /// Delay the answer: 250ms, 100ms..2s for a random time in between, or p50=100ms,p99=2s for a lognormal distribution
    #[arg(long, value_name = "WAIT", help_heading = "What happens (can be combined)")]
    latency: Option<String>,
    /// How the answer is sent: reset, reset-midway, cut-short, malformed, never, or 10/50ms for 10 bytes every 50 ms
    #[arg(long, value_name = "HOW", help_heading = "What happens (can be combined)")]
    delivery: Option<String>,
}

impl FaultAddArgs {
    /// The rule as the admin API expects it.
    pub(super) fn rule(self) -> Result<Value, CommandError> {
        let matching =
            [("api", self.api), ("endpoint", self.endpoint), ("account", self.account), ("hash", self.hash)];
        let matching: Map<_, _> =
            matching.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect();
        // The flags exclude each other, so at most one is given.
        let when = match (self.next, self.every, self.chance) {
            (Some(count), ..) => json!({ "next": count }),
            (_, Some(step), _) => json!({ "every": step }),
            (.., Some(probability)) => {
                json!({ "chance": { "probability": probability, "seed": self.seed.unwrap_or(0) } })
            }
            _ => json!("always"),
        };
        let mut then = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                then.insert(key.to_owned(), value);
            }
        };
        put("status", self.status.map(Value::from));
        put("reason", self.reason.map(Value::from));
        if let Some(body) = self.body {
            let text = match body.strip_prefix('@') {
                Some(file) => read_input(file)?,
                None => body,
            };
            // The text is sent unchanged; only its content type is guessed. A word or a number alone is valid JSON too, and more
            // likely meant as text.
            let is_json =
                serde_json::from_str::<Value>(&text).is_ok_and(|value| value.is_object() || value.is_array());
            let guessed = is_json.then(|| "application/json".to_owned());
            put("content_type", self.content_type.or(guessed).map(Value::from));
            put("body", Some(Value::from(text)));
        }
        if !self.header.is_empty() {
            let headers: Result<Map<_, _>, _> = self.header.iter().map(|line| header(line)).collect();
            put("headers", Some(Value::Object(headers?)));
        }
        put("retry_after", self.retry_after.map(Value::from));
        put("refuse", self.refuse.map(Value::from));
        put("latency", self.latency.as_deref().map(latency).transpose()?);
        put("delivery", self.delivery.as_deref().map(delivery).transpose()?);
        let mut rule = json!({ "match": matching, "when": when, "then": then });
        if let Some(id) = self.id {
            rule["id"] = Value::from(id);
        }
        Ok(rule)
    }
}

fn header(line: &str) -> Result<(String, Value), CommandError> {
    // A value may contain colons; a name may not.
    let (name, value) = line.split_once(':').ok_or_else(|| {
        CommandError::Usage(format!("--header \"{line}\" is not a valid header; write NAME: VALUE"))
    })?;
    Ok((name.trim().to_owned(), Value::from(value.trim())))
}

fn latency(text: &str) -> Result<Value, CommandError> {
    if let Some((from, to)) = text.split_once("..") {
        return Ok(json!({ "from": from, "to": to }));
    }
    let Some(rest) = text.strip_prefix("p50=") else { return Ok(Value::from(text)) };
    match rest.split_once(",p99=") {
        Some((p50, p99)) => Ok(json!({ "p50": p50, "p99": p99 })),
        None => Err(CommandError::Usage(format!(
            "--latency \"{text}\" is not a valid latency; write p50=100ms,p99=2s"
        ))),
    }
}

fn delivery(text: &str) -> Result<Value, CommandError> {
    const DELIVERIES: [&str; 5] = ["reset", "reset-midway", "cut-short", "malformed", "never"];
    if DELIVERIES.contains(&text) {
        return Ok(Value::from(text));
    }
    let trickle = text.split_once('/').and_then(|(bytes, every)| Some((bytes.parse::<u64>().ok()?, every)));
    match trickle {
        Some((bytes, every)) => Ok(json!({ "trickle": { "bytes": bytes, "every": every } })),
        None => Err(CommandError::Usage(format!(
            "--delivery \"{text}\" is not a valid delivery; write one of {}, or 10/50ms for 10 bytes every 50 ms",
            DELIVERIES.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        args: FaultAddArgs,
    }

    fn rule(args: &str) -> Result<Value, CommandError> {
        let words = std::iter::once("add").chain(args.split_whitespace());
        Alone::try_parse_from(words).expect("args").args.rule()
    }

    #[test]
    fn flags_become_a_rule_of_the_admin_api() {
        for (args, made) in [
            (
                "--id x --api a --hash AB --next 2 --status 503 --retry-after 120",
                json!({"id": "x", "match": {"api": "a", "hash": "AB"}, "when": {"next": 2},
                       "then": {"status": 503, "retry_after": "120"}}),
            ),
            (
                "--chance 0.5 --latency 1ms..2ms --delivery 10/50ms",
                json!({"match": {}, "when": {"chance": {"probability": 0.5, "seed": 0}},
                       "then": {"latency": {"from": "1ms", "to": "2ms"},
                                "delivery": {"trickle": {"bytes": 10, "every": "50ms"}}}}),
            ),
            (
                "--body {} --header X:y:z --latency p50=1ms,p99=2ms --delivery never --refuse revoked",
                json!({"match": {}, "when": "always",
                       "then": {"body": "{}", "content_type": "application/json", "headers": {"X": "y:z"},
                                "refuse": "revoked", "latency": {"p50": "1ms", "p99": "2ms"}, "delivery": "never"}}),
            ),
            ("--body hello", json!({"match": {}, "when": "always", "then": {"body": "hello"}})),
        ] {
            assert_eq!(rule(args).expect("a rule"), made, "{args}");
        }
        for args in
            ["--delivery soon", "--delivery x/1s", "--latency p50=1s", "--header x", "--body @/nowhere"]
        {
            assert!(rule(args).is_err(), "{args}");
        }
    }
}
