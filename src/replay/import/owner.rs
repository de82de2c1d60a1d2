//! Finds the API of an exchange by its host, by its path, or by the form of the reply.

use crate::journal::recorded::{RecordedExchange, RecordedRequest};
use crate::server::Hosts;
use crate::vendors::{self, Vendor};

/// How the API of an exchange is found.
#[derive(Debug)]
pub struct Owners {
    forced: Option<&'static Vendor>,
    hosts: Hosts,
}

impl Owners {
    /// Every exchange belongs to `forced`, if that is given. Else hosts decide, the vendors' own and those of `hosts`, each
    /// `HOST` or `HOST=API`.
    ///
    /// # Errors
    /// A host is not valid; the text says which and why.
    pub fn new(forced: Option<&'static Vendor>, hosts: &[String]) -> Result<Self, String> {
        Ok(Self { forced, hosts: Hosts::with(hosts)? })
    }

    /// The API of an exchange.
    ///
    /// # Errors
    /// It is unknown; the text says which flag names it.
    pub fn of(&self, exchange: &RecordedExchange) -> Result<&'static Vendor, String> {
        match (self.forced, &exchange.request) {
            (Some(api), _) => Ok(api),
            (None, Some(request)) => self.of_request(request),
            (None, None) => of_reply(exchange),
        }
    }

    fn of_request(&self, request: &RecordedRequest) -> Result<&'static Vendor, String> {
        // An appliance may have any host name, so its paths decide.
        let of_host = self.hosts.find(&request.host).flatten();
        of_host.or_else(|| vendors::owner(&request.path)).ok_or_else(|| {
            format!(
                "{} {}{} belongs to no emulated API; name its API with --host {}=API",
                request.method, request.host, request.path, request.host
            )
        })
    }
}

fn of_reply(exchange: &RecordedExchange) -> Result<&'static Vendor, String> {
    let is_its = |api: &&Vendor| api.importer.is_some_and(|importer| (importer.recognises)(exchange));
    let found = vendors::ALL.iter().copied().find(is_its);
    found.ok_or_else(|| "the reply has the form of no emulated API; name its API with --api NAME".to_owned())
}
