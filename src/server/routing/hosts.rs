//! The hosts that the server answers for: those of the vendors' public services, and configured ones.

use std::collections::BTreeSet;

use crate::vendors::{self, Vendor};

/// Every host that the server answers for, and the API that it belongs to, if the path does not decide.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// In lower case. A list, since comparing the lengths of a few names is faster than anything else.
    exact: Vec<(String, Option<&'static Vendor>)>,
    /// Wildcards without their `*`: `.example.org`.
    endings: Vec<(String, Option<&'static Vendor>)>,
}

impl Hosts {
    /// The vendors' own hosts, and those of `more`, each written as `HOST`, `*.HOST` or `HOST=API`.
    ///
    /// # Errors
    /// A message that names the invalid host.
    pub(crate) fn with(more: &[String]) -> Result<Self, String> {
        let mut hosts = Self { exact: Vec::new(), endings: Vec::new() };
        let built_in = vendors::ALL.iter().flat_map(|api| api.hosts.iter().map(|host| (*host, Some(*api))));
        built_in.for_each(|(host, api)| hosts.add(host, api));
        for text in more {
            let (host, api) = parse_host(text)?;
            hosts.add(&host, api);
        }
        Ok(hosts)
    }

    /// Adds a host, which wins over those before it.
    fn add(&mut self, host: &str, api: Option<&'static Vendor>) {
        // In front of earlier ones, since the first that matches is used.
        match host.strip_prefix('*') {
            Some(ending) => self.endings.insert(0, (ending.to_owned(), api)),
            None => self.exact.insert(0, (host.to_owned(), api)),
        }
    }

    /// The API that `host` (without a port) belongs to: none if the server does not answer for the host, and `Some(None)` if
    /// the path decides.
    pub(crate) fn find(&self, host: &str) -> Option<Option<&'static Vendor>> {
        let host = without_dot(host);
        let is_it = |(name, _): &&(String, _)| name.eq_ignore_ascii_case(host);
        // `*.example.org` does not include `.example.org` itself.
        let is_below = |(ending, _): &&(String, _)| {
            host.len()
                .checked_sub(ending.len())
                .filter(|start| *start > 0)
                .and_then(|start| host.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        let mut all = self.exact.iter().filter(is_it).chain(self.endings.iter().filter(is_below));
        all.next().map(|(_, api)| *api)
    }

    /// All hosts as text, separated by commas.
    pub(crate) fn list(&self) -> String {
        let endings = self.endings.iter().map(|(ending, _)| format!("*{ending}"));
        let names: BTreeSet<_> = self.exact.iter().map(|(name, _)| name.clone()).collect();
        names.into_iter().chain(endings).collect::<Vec<_>>().join(", ")
    }
}

/// Parses `HOST` or `HOST=API`. The host is returned in lower case.
///
/// # Errors
/// A message that says what is wrong with the text.
pub(crate) fn parse_host(text: &str) -> Result<(String, Option<&'static Vendor>), String> {
    let (host, api) = match text.split_once('=') {
        Some((host, api)) => (host, Some(vendors::required(api)?)),
        None => (text, None),
    };
    let host = without_dot(host.trim_matches(['[', ']'])).to_ascii_lowercase();
    let inner = host.strip_prefix("*.").unwrap_or(&host);
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if inner.is_empty() || !(inner.chars().all(allowed) || inner.parse::<std::net::Ipv6Addr>().is_ok()) {
        return Err(format!(
            "\"{text}\" is not a valid host; write it without scheme, port and path, as appliance.example.org or \
             appliance.example.org=API"
        ));
    }
    Ok((host, api))
}

/// The host of `host:port`, without the brackets of an IPv6 address.
pub(in crate::server) fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => memchr::memchr(b':', authority.as_bytes()).map_or(authority, |colon| &authority[..colon]),
    }
}

/// The host without the dot in which a fully qualified name may end.
fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_in_any_case_and_by_wildcard() {
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
        assert_eq!(found("eu.metadefender.com"), Some("metadefender-cloud"));
    }

    #[test]
    fn configured_hosts_win_over_those_of_vendors() {
        let api = vendors::ALL[3].name;
        let more = [format!("*.metadefender.com={api}"), format!("scan.metadefender.com={api}")];
        let hosts = Hosts::with(&more).expect("hosts");
        for (host, owner) in [("a.metadefender.com", api), ("scan.metadefender.com", api)] {
            assert_eq!(hosts.find(host).flatten().map(|api| api.name), Some(owner), "{host}");
        }
        let kept = hosts.find("api.metadefender.com").flatten().map(|api| api.name);
        assert_eq!(kept, Some("metadefender-cloud"), "an exact host before a wildcard");
    }

    #[test]
    fn invalid_hosts_are_rejected() {
        for wrong in ["", "https://a", "a/b", "a:80", "*", "*.", "a=nobody", "a b"] {
            assert!(parse_host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn host_of_leaves_out_the_port() {
        assert_eq!(host_of("a.test:443"), "a.test");
        assert_eq!(host_of("[::1]:443"), "::1");
        assert_eq!(host_of("a.test"), "a.test");
    }
}
