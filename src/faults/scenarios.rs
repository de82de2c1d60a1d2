//! Ready-made faults by name.

use std::time::Duration;

use http::{HeaderValue, header};

use super::{Effect, Latency, Refusal, RequestMatcher, Rule, Substitute, When};
use crate::document::suggest_or_list;

/// A named set of rules.
#[derive(Debug)]
pub struct Scenario {
    /// Its name, and the id of its rules' first part.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    rules: fn() -> Vec<(When, Effect)>,
}

impl Scenario {
    /// The scenario of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// The scenario of this name.
    ///
    /// # Errors
    /// There is none; the text suggests another name or lists all.
    pub fn required(name: &str) -> Result<&'static Self, String> {
        Self::named(name).ok_or_else(|| {
            let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
            format!("there is no scenario \"{name}\"; {}", suggest_or_list(name, &known))
        })
    }

    /// Its rules, for one API or for all.
    pub fn rules(&self, api: Option<&'static str>) -> Vec<Rule> {
        let numbered = (1..).zip((self.rules)());
        let rule = |(number, (when, effect))| Rule {
            id: match api {
                None => format!("{}-{number}", self.name),
                // A scenario may be started for several APIs at once, each with rules of its own.
                Some(api) => format!("{}-{number}~{api}", self.name),
            },
            matching: RequestMatcher { api, ..RequestMatcher::default() },
            when,
            effect,
        };
        numbered.map(rule).collect()
    }

    /// Whether the rule with this id belongs to the scenario, for any API.
    pub fn owns(&self, id: &str) -> bool {
        let number = id.strip_prefix(self.name).and_then(|rest| rest.strip_prefix('-'));
        let number = number.map(|rest| rest.split_once('~').map_or(rest, |(number, _)| number));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// Every scenario.
pub static SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "quota-exhausted",
        summary: "Every request is refused as when the account's quota or look-up limit is used up.",
        rules: || vec![(When::Always, refusal(Refusal::Exhausted))],
    },
    Scenario {
        name: "flaky-1-in-3",
        summary: "Every third request fails with 503; the others pass.",
        rules: || vec![(When::Every(3), status(503))],
    },
    Scenario {
        name: "slow",
        summary: "Every answer takes about a second (median), one in a hundred five.",
        rules: || {
            let latency =
                Latency::Lognormal { p50: Duration::from_millis(1000), p99: Duration::from_millis(5000) };
            vec![(When::Always, Effect { latency: Some(latency), ..Effect::default() })]
        },
    },
    Scenario {
        name: "maintenance",
        summary: "Every request is answered 503 with Retry-After: 120.",
        rules: || {
            let mut effect = status(503);
            if let Some(answer) = &mut effect.answer {
                answer.headers.push((header::RETRY_AFTER, HeaderValue::from_static("120")));
            }
            vec![(When::Always, effect)]
        },
    },
    Scenario {
        name: "bad-gateway",
        summary: "Every request is answered 502 with a proxy's HTML page instead of the vendor's words.",
        rules: || {
            let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                        <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
            let mut effect = status(502);
            if let Some(answer) = &mut effect.answer {
                answer.body = Some((page.into(), HeaderValue::from_static("text/html")));
            }
            vec![(When::Always, effect)]
        },
    },
    Scenario {
        name: "revoked-key",
        summary: "Every credential is refused as unknown.",
        rules: || vec![(When::Always, refusal(Refusal::Revoked))],
    },
];

fn refusal(refusal: Refusal) -> Effect {
    Effect { refusal: Some(refusal), ..Effect::default() }
}

fn status(status: u16) -> Effect {
    let answer = Substitute { status, body: None, headers: Vec::new() };
    Effect { answer: Some(answer), ..Effect::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_recognise_their_rules_for_any_api() {
        for scenario in SCENARIOS {
            for rule in [scenario.rules(None), scenario.rules(Some("an-api"))].concat() {
                let owners: Vec<_> = SCENARIOS.iter().filter(|other| other.owns(&rule.id)).collect();
                assert!(matches!(owners.as_slice(), [one] if one.name == scenario.name), "{}", rule.id);
            }
            assert!(!scenario.owns(scenario.name) && !scenario.owns(&format!("{}-", scenario.name)));
        }
    }
}
