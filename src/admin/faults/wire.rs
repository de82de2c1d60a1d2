//! Fault rules as tests send them and as the admin API returns them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::admin::openapi::{NAME, Wait};
use crate::journal::Api;

/// A rule as a test sends it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewFault")]
pub(crate) struct NewRule {
    /// The id; generated if it is left out. A rule with the same id is replaced.
    #[schemars(regex(pattern = NAME), length(min = 1, max = 100))]
    pub(crate) id: Option<String>,
    #[serde(default, rename = "match")]
    pub(crate) matching: WireMatch,
    #[serde(default)]
    pub(crate) when: WireWhen,
    pub(crate) then: WireEffect,
}

/// A rule with its counters.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "Fault")]
pub(in crate::admin) struct RuleView {
    pub(crate) id: String,
    #[serde(rename = "match")]
    pub(crate) matching: WireMatch,
    pub(crate) when: WireWhen,
    pub(crate) then: WireEffect,
    /// The number of requests that matched.
    pub(super) seen: u64,
    /// The number of requests for which the rule fired.
    pub(super) fired: u64,
}

/// The requests that the rule matches; all requests if it is empty.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FaultMatch")]
pub(crate) struct WireMatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Api>")]
    pub(crate) api: Option<String>,
    /// A method and a path with placeholders, as in the start text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"POST /v2/hash")]
    pub(crate) endpoint: Option<String>,
    /// A user name or an API key. Responses show only the beginning of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// A hash, or a part of one, anywhere in the path or the body, in upper or lower case, percent-encoded or not: at most 128
    /// hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{1,128}$"))]
    pub(crate) hash: Option<String>,
}

/// For which of the matching requests the rule fires.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "FaultWhen")]
pub(crate) enum WireWhen {
    #[default]
    Always,
    /// The next N requests, then none.
    Next(u64),
    /// Every Nth request: with 3, the third, the sixth, and so on.
    Every(#[schemars(range(min = 1))] u64),
    /// Each request with this probability.
    Chance {
        #[schemars(range(min = 0, max = 1))]
        probability: f64,
        /// The same seed gives the same sequence.
        #[serde(default)]
        seed: u64,
    },
}

// A field that is null counts as left out, so the conditions below test types where presence alone is not enough.
/// The effect of the rule. Several fields can be combined.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FaultEffect", extend(
    "anyOf" = [
        { "required": ["status"] },
        { "required": ["body"] },
        { "required": ["refuse"] },
        { "required": ["latency"] },
        { "required": ["delivery"] }
    ],
    "not" = {
        "properties": { "refuse": { "type": "string" } },
        "required": ["refuse"],
        "anyOf": [
            { "properties": { "status": { "type": "integer" } }, "required": ["status"] },
            { "properties": { "body": { "not": { "type": "null" } } }, "required": ["body"] }
        ]
    },
    "dependentSchemas" = {
        "content_type": { "anyOf": [{ "required": ["status"] }, { "required": ["body"] }] },
        "reason": { "anyOf": [{ "required": ["status"] }, { "required": ["body"] }] },
        "headers": { "anyOf": [{ "required": ["status"] }, { "required": ["body"] }] },
        "retry_after": { "anyOf": [{ "required": ["status"] }, { "required": ["body"] }] }
    }
))]
pub(crate) struct WireEffect {
    /// The status. The body is the vendor's own for it, unless `body` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 200, max = 599))]
    pub(crate) status: Option<u16>,
    /// The reason phrase of the status line. Only HTTP/1.1 has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = HEADER_VALUE))]
    pub(crate) reason: Option<String>,
    /// Text is sent unchanged, any other value as JSON. The default status is 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("type" = ["string", "number", "boolean", "object", "array", "null"]))]
    pub(crate) body: Option<Value>,
    /// The content type of the body. The default is `text/plain; charset=utf-8` for text, else `application/json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = HEADER_VALUE))]
    pub(crate) content_type: Option<String>,
    /// Headers of the response; each replaces the usual header of that name. `Content-Length`, `Transfer-Encoding` and
    /// `Connection` cannot be set.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "BTreeMap<String, HeaderText>", extend("propertyNames" = {
        "pattern": "^[A-Za-z][A-Za-z0-9-]*$",
        "not": { "pattern": FRAMING }
    }))]
    pub(crate) headers: Map<String, Value>,
    /// The value of `Retry-After`: a number of seconds or an HTTP date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "type" = ["integer", "string", "null"], "minimum" = 0, "pattern" = "^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]+$"
    ))]
    pub(crate) retry_after: Option<Value>,
    /// Refuses the request as the vendor refuses an unknown credential, or one whose quota is used up. It cannot be combined
    /// with a status or a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refuse: Option<WireRefusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<WireLatency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<WireDelivery>,
}

/// What a header can hold.
const HEADER_VALUE: &str = "^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$";

/// The names of headers that the server sets, in any case. JSON Schema has no patterns that ignore case.
const FRAMING: &str = "^([Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ll][Ee][Nn][Gg][Tt][Hh]|\
                       [Tt][Rr][Aa][Nn][Ss][Ff][Ee][Rr]-[Ee][Nn][Cc][Oo][Dd][Ii][Nn][Gg]|\
                       [Cc][Oo][Nn][Nn][Ee][Cc][Tt][Ii][Oo][Nn])$";

/// The value of a header.
#[derive(JsonSchema)]
#[schemars(inline, extend("type" = ["string", "number"], "pattern" = HEADER_VALUE))]
struct HeaderText;

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(crate) enum WireRefusal {
    Revoked,
    Exhausted,
}

/// How long the response is delayed, in real time.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a duration such as \"2s\", {\"from\": \"1s\", \"to\": \"3s\"} or {\"p50\": \"100ms\", \"p99\": \"2s\"}"
)]
#[schemars(rename = "FaultLatency")]
pub(crate) enum WireLatency {
    Fixed(#[schemars(with = "Wait")] String),
    /// A uniform distribution.
    Uniform {
        #[schemars(with = "Wait")]
        from: String,
        #[schemars(with = "Wait")]
        to: String,
    },
    /// A lognormal distribution, given by its median and 99th percentile.
    Lognormal {
        #[schemars(with = "Wait")]
        p50: String,
        #[schemars(with = "Wait")]
        p99: String,
    },
}

/// How the response is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "FaultDelivery")]
pub(crate) enum WireDelivery {
    /// The connection is reset before the response.
    Reset,
    /// The connection is reset within the body.
    ResetMidway,
    /// The connection is closed within the body.
    CutShort,
    /// The body is made invalid.
    Malformed,
    /// Nothing is ever sent.
    Never,
    /// The response is sent a few bytes at a time.
    Trickle {
        #[schemars(range(min = 1))]
        bytes: usize,
        #[schemars(with = "Wait")]
        every: String,
    },
}
