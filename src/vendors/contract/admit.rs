//! The steps of a call that a vendor takes itself: its checks in its order, then the endpoint's handler.

use super::{Answer, Call, Check, Vendor};
use crate::journal::Reply;

impl Vendor {
    /// Authenticates and checks: what the vendor refuses before the endpoint sees the call. Returns the first refusal.
    pub(crate) fn check(&'static self, call: &mut Call) -> Option<Reply> {
        let endpoint = call.endpoint();
        for check in self.checks {
            let refusal = match check {
                Check::Path => endpoint.is_none().then(|| (self.refusals.path)(call)),
                Check::Method => {
                    (endpoint.is_some() && !call.route.takes_method).then(|| (self.refusals.method)(call))
                }
                // A vendor may check the account before the path. Then a path without an endpoint needs an account, too.
                Check::Account if endpoint.is_some_and(|endpoint| endpoint.anonymous) => None,
                Check::Account => self.authenticate(call),
                // The server stops requests whose body breaks off, so a missing body is one that is too large.
                Check::Size => call.body().is_none().then(|| (self.refusals.size)(call)),
                Check::Own(refuse) => refuse(call),
            };
            if refusal.is_some() {
                return refusal;
            }
        }
        None
    }

    /// Sets the account of the call, or refuses.
    fn authenticate(&self, call: &mut Call) -> Option<Reply> {
        match (self.auth.authenticate)(call) {
            Ok(account) => {
                call.account = account;
                None
            }
            Err(refusal) => Some(refusal),
        }
    }

    /// The endpoint's answer.
    pub(crate) async fn answer(&'static self, call: &Call) -> Reply {
        // Only a vendor whose checks lack `Check::Path` gets here without an endpoint.
        let Some(endpoint) = call.endpoint() else { return (self.refusals.path)(call) };
        let reply = match endpoint.handler.answer(call) {
            Answer::Ready(reply) => reply,
            Answer::Waiting(reply) => reply.await,
        };
        // The OpenAPI document and the lists of behaviours are made from the rows. A test must fail if a row lacks one.
        debug_assert!(
            reply.behaviours.iter().all(|behaviour| self.may_answer(endpoint, behaviour)),
            "{endpoint:?} answers {:?}, which its row does not list",
            reply.behaviours
        );
        reply
    }
}
