//! Authenticate and check: what a vendor API refuses before the endpoint sees the call.

use crate::journal::Reply;
use crate::vendors::{Call, Check, Vendor};

/// Runs the vendor's checks in the vendor's order, and returns the first refusal.
pub(super) fn check(vendor: &'static Vendor, call: &mut Call) -> Option<Reply> {
    let endpoint = call.endpoint();
    for check in vendor.checks {
        let refusal = match check {
            Check::Path => endpoint.is_none().then(|| (vendor.refusals.path)(call)),
            Check::Method => {
                (endpoint.is_some() && !call.route.takes_method).then(|| (vendor.refusals.method)(call))
            }
            Check::Account if endpoint.is_some_and(|endpoint| endpoint.anonymous) => None,
            Check::Account => authenticate(vendor, call),
            Check::Size => call.body().is_none().then(|| (vendor.refusals.size)(call)),
            Check::Own(refuse) => refuse(call),
        };
        if refusal.is_some() {
            return refusal;
        }
    }
    None
}

/// Sets the account of the call, or refuses.
fn authenticate(vendor: &'static Vendor, call: &mut Call) -> Option<Reply> {
    match (vendor.auth.authenticate)(call) {
        Ok(account) => {
            call.account = account;
            None
        }
        Err(refusal) => Some(refusal),
    }
}
