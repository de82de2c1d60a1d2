//! The API that an exchange belongs to: by its host, by its path, or by what the reply looks like.

use crate::journal::recorded::{RecordedExchange, RecordedRequest};
use crate::server::Hosts;
use crate::vendors;
use crate::vendors::Vendor;

/// Who owns what.
#[derive(Debug)]
pub struct Owners {
    forced: Option<&'static Vendor>,
    hosts: Hosts,
}

impl Owners {
    /// All belongs to `forced`, if that is given; else hosts decide, the vendors' own and those of `hosts`, each `HOST` or
    /// `HOST=API`.
    ///
    /// # Errors
    /// What is wrong with which host.
    pub fn new(forced: Option<&'static Vendor>, hosts: &[String]) -> Result<Self, String> {
        Ok(Self { forced, hosts: Hosts::with(hosts)? })
    }

    /// The API of an exchange.
    ///
    /// # Errors
    /// None is known; what to do.
    pub fn of(&self, exchange: &RecordedExchange) -> Result<&'static Vendor, String> {
        match (self.forced, &exchange.request) {
            (Some(api), _) => Ok(api),
            (None, Some(request)) => self.of_request(request),
            (None, None) => of_reply(exchange),
        }
    }

    fn of_request(&self, request: &RecordedRequest) -> Result<&'static Vendor, String> {
        // An appliance stands at any host; its paths tell.
        let of_host = self.hosts.find(&request.host).flatten();
        of_host.or_else(|| vendors::owner(&request.path)).ok_or_else(|| {
            format!(
                "{} {}{} belongs to no API that is emulated; --host {}=API says to which it does",
                request.method, request.host, request.path, request.host
            )
        })
    }
}

fn of_reply(exchange: &RecordedExchange) -> Result<&'static Vendor, String> {
    let reply = exchange.json();
    let found = reply.and_then(|reply| {
        vendors::ALL
            .iter()
            .copied()
            .find(|api| api.importer.is_some_and(|importer| (importer.recognises)(&reply)))
    });
    found.ok_or_else(|| {
        "the reply looks like none of the emulated APIs'; --api NAME says whose it is".to_owned()
    })
}
