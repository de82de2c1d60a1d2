//! The rate limit of an account, in a sliding second, and its daily and monthly quotas.

use super::settings::{DAILY_QUOTA, MONTHLY_QUOTA, RATE_LIMIT};
use super::{error, fields};
use crate::accounts::{Account, HolderRef};
use crate::journal::Reply;
use crate::settings::Settings;
use crate::vendors::Call;

/// Refuses a call if the account has used up its quota or its requests of this second. Any other call counts against the
/// second.
pub(super) fn refuse(call: &Call) -> Option<Reply> {
    let rate = rate(&call.settings, &call.account);
    let (daily, monthly) = quotas(&call.settings, &call.account);
    call.state.counts(holder(&call.account), |counts| {
        // First, because a call beyond the quota does not count against the rate.
        if !counts.quota.is_open(call.now, daily, monthly) {
            return Some(error::quota_exceeded());
        }
        let accepted = rate == 0 || counts.rate.take(call.now, rate);
        (!accepted).then(error::rate_exceeded)
    })
}

/// Charges an answer to the account's quota. The last unit may pay for a whole list. The quota is checked again, because
/// concurrent calls may have used it up since [`refuse`]: a quota of 7 serves exactly 7 calls.
#[allow(clippy::result_large_err, reason = "a refusal is as large as any answer")]
pub(super) fn charge(call: &Call, units: usize) -> Result<(), Reply> {
    if units == 0 {
        return Ok(());
    }
    let (daily, monthly) = quotas(&call.settings, &call.account);
    call.state.counts(holder(&call.account), |counts| {
        if !counts.quota.is_open(call.now, daily, monthly) {
            return Err(error::quota_exceeded());
        }
        counts.quota.charge(call.now, units as u64);
        Ok(())
    })
}

/// The requests that an account has in a second; 0 if there is no limit.
pub(super) fn rate(settings: &Settings, account: &Account) -> u64 {
    account.limit(fields::RATE, settings, &RATE_LIMIT)
}

/// The daily and the monthly quota of an account.
pub(super) fn quotas(settings: &Settings, account: &Account) -> (Option<u64>, Option<u64>) {
    let daily = account.limit(fields::DAILY, settings, &DAILY_QUOTA);
    let monthly = account.limit(fields::MONTHLY, settings, &MONTHLY_QUOTA);
    (Some(daily).filter(|most| *most > 0), Some(monthly).filter(|most| *most > 0))
}

/// Whose counts they are.
pub(super) fn holder(account: &Account) -> HolderRef<'_> {
    HolderRef { api: fields::NAME, account: account.name() }
}
