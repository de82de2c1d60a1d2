//! The hosts that the server stands in for: those at which vendors serve their APIs, and those that somebody named.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::vendors;
use crate::vendors::Vendor;

/// Every host that is answered for, and the API that it belongs to; none where the path decides.
#[derive(Debug)]
pub struct Hosts {
    exact: BTreeMap<String, Option<&'static Vendor>>,
    /// What stands behind the `*` of `*.example.org`, with its dot.
    endings: Vec<(String, Option<&'static Vendor>)>,
}

impl Hosts {
    /// The vendors' own hosts, and those of `more`: each `HOST` or `HOST=API`, `*.` in front for all below.
    ///
    /// # Errors
    /// What is wrong with which of them.
    pub fn with(more: &[String]) -> Result<Self, String> {
        let built_in = vendors::ALL.iter().flat_map(|api| api.hosts.iter().map(|host| (*host, Some(*api))));
        let exact = built_in.map(|(host, api)| (host.to_owned(), api)).collect();
        let mut hosts = Self { exact, endings: Vec::new() };
        for text in more {
            let (host, api) = parse(text)?;
            match host.strip_prefix('*') {
                Some(ending) => hosts.endings.push((ending.to_owned(), api)),
                None => drop(hosts.exact.insert(host, api)),
            }
        }
        Ok(hosts)
    }

    /// Whether `host`, without a port, is answered for, and the API that it belongs to.
    #[must_use]
    pub fn find(&self, host: &str) -> Option<Option<&'static Vendor>> {
        let host = normal(host);
        let below = |(ending, _): &&(String, _)| host.len() > ending.len() && host.ends_with(ending.as_str());
        self.exact.get(&*host).copied().or_else(|| self.endings.iter().find(below).map(|(_, api)| *api))
    }

    /// All of them, for people.
    #[must_use]
    pub fn list(&self) -> String {
        let endings = self.endings.iter().map(|(ending, _)| format!("*{ending}"));
        self.exact.keys().cloned().chain(endings).collect::<Vec<_>>().join(", ")
    }
}

/// `HOST` or `HOST=API`, in lower case.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<(String, Option<&'static Vendor>), String> {
    let (host, api) = match text.split_once('=') {
        Some((host, api)) => (host, Some(vendors::required(api)?)),
        None => (text, None),
    };
    let host = normal(host.trim_matches(['[', ']'])).into_owned();
    let inner = host.strip_prefix("*.").unwrap_or(&host);
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if inner.is_empty() || !(inner.chars().all(allowed) || inner.parse::<std::net::Ipv6Addr>().is_ok()) {
        return Err(format!(
            "\"{text}\" is no host; give one without scheme, port and path, as appliance.example.org or \
             appliance.example.org=API"
        ));
    }
    Ok((host, api))
}

/// The host of `host:port`, without the brackets of an IPv6 address.
#[must_use]
pub(super) fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

fn normal(host: &str) -> Cow<'_, str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_in_any_case_and_below_a_star() {
        let api = vendors::ALL[1].name;
        let more = [format!("Box.example.org={api}"), "*.lab.test".to_owned(), "[fd00::1]".to_owned()];
        let hosts = Hosts::with(&more).expect("hosts");
        let found = |host: &str| hosts.find(host).map(|api| api.map_or("", |api| api.name));
        assert_eq!(found("BOX.example.org."), Some(api));
        assert_eq!(found("a.lab.test"), Some(""));
        assert_eq!(found("fd00::1"), Some(""));
        for unknown in ["lab.test", ".lab.test", "xlab.test", "example.org", "", "127.0.0.1"] {
            assert_eq!(found(unknown), None, "{unknown}");
        }
        let vendors = vendors::ALL.iter().flat_map(|api| api.hosts);
        vendors.for_each(|host| assert!(matches!(hosts.find(host), Some(Some(_))), "{host}"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in ["", "https://a", "a/b", "a:80", "*", "*.", "a=nobody", "a b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_authority_is_split_before_its_port() {
        assert_eq!(host_of("a.test:443"), "a.test");
        assert_eq!(host_of("[::1]:443"), "::1");
        assert_eq!(host_of("a.test"), "a.test");
    }
}
