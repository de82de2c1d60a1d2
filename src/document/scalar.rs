//! What an unquoted YAML scalar means: YAML 1.2's core schema (section 10.3.2).
//!
//! Two departures, both so that nothing is lost: a number that does not fit (a hash of 64 digits, `1e999`) stays text,
//! and so do `.inf` and `.nan`, which JSON cannot say.

use super::Value;

/// The typed value, or `None` where the scalar is text.
pub(super) fn resolve(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    // Most scalars are words; this rejects them before the slower rules for numbers.
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    integer(text).or_else(|| float(text))
}

fn integer(text: &str) -> Option<Value> {
    let number = if let Some(digits) = text.strip_prefix("0x") {
        radix(digits, 16)
    } else if let Some(digits) = text.strip_prefix("0o") {
        radix(digits, 8)
    } else {
        text.parse().ok()
    };
    number.map(Value::Integer)
}

fn radix(digits: &str, radix: u32) -> Option<i64> {
    // `from_str_radix` accepts a sign here, which YAML does not.
    if digits.starts_with(['+', '-']) { None } else { i64::from_str_radix(digits, radix).ok() }
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, but not a whole number without exponent.
fn float(text: &str) -> Option<Value> {
    // Checked before `parse`, which takes more than YAML's core schema does, like `-inf` and `+nan`.
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if (whole.is_empty() && fraction.is_empty())
        || !all_digits(whole)
        || !all_digits(fraction)
        || !exponent_fits
    {
        return None;
    }
    // A whole number that did not fit into 64 bits: it may be a hash, of which a float would lose digits.
    if exponent.is_none() && !mantissa.contains('.') {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_schema() {
        for (text, value) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("TRUE", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("0", Value::Integer(0)),
            ("-17", Value::Integer(-17)),
            ("+5", Value::Integer(5)),
            ("0007", Value::Integer(7)),
            ("0x1F", Value::Integer(31)),
            ("0o17", Value::Integer(15)),
            ("1.0", Value::Float(1.0)),
            ("1.", Value::Float(1.0)),
            (".5", Value::Float(0.5)),
            ("-1e3", Value::Float(-1000.0)),
            ("+1.5E-1", Value::Float(0.15)),
        ] {
            assert_eq!(resolve(text), Some(value), "{text}");
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "yes",
            "no",
            "on",
            "-",
            "+",
            ".",
            "e5",
            "1e",
            "1e+",
            "1.2.3",
            "0x",
            "0x-1",
            "0o8",
            "0xg",
            "-2d",
            "2026-01-02",
            ".inf",
            "-.inf",
            ".nan",
            "inf",
            "nan",
            "-inf",
            "1_000",
            "0000014d",
            "1e999",
            "99999999999999999999",
            "--1",
            "1e5e5",
            "tRUE",
            "١",
        ] {
            assert_eq!(resolve(text), None, "{text}");
        }
    }
}
