//! What is wrong with a refused credential: where it was sent, what is around it, or whose it is.
//!
//! Keys and tokens are masked, and passwords never shown.

use std::sync::Arc;

use super::search::{Effort, Miss, SearchedRequest, short};
use crate::accounts::{Account, Credential};
use crate::journal::redact;
use crate::vendors::{self, CredentialPlace, Vendor};
use crate::worlds::{State, Worlds};

/// Schemes that clients send in place of the right one, or before a key that needs none.
const SCHEMES: [&str; 5] = ["Basic", "Bearer", "Token", "ApiKey", "Digest"];
/// Headers in which clients send keys, besides those of the vendors.
const HEADERS: [&str; 5] = ["x-api-key", "x-apikey", "api-key", "x-auth-token", "token"];
/// Query parameters in which clients send keys.
const PARAMETERS: [&str; 5] = ["apikey", "api_key", "api-key", "key", "token"];
/// How many configured credentials are named.
const NAMED: usize = 3;

/// Why the credential of a request that was refused is not accepted, and what to send instead. `None` if none was sent, or if
/// nothing is wrong with it.
pub(super) fn refused(
    api: &Vendor,
    request: &SearchedRequest<'_>,
    (state, worlds): (&State, &Worlds),
    effort: &Effort,
) -> Option<Miss> {
    // The checks go from the most specific explanation to the least. The first one that applies is reported.
    if api.endpoint(request.path).is_some_and(|endpoint| endpoint.anonymous) {
        return None;
    }
    let accounts = state.accounts.load();
    let own = accounts.of(api.name);
    // While a client waits, only some of the accounts are compared.
    let own = &own[..own.len().min(effort.worlds)];
    let header = api.auth.place.header();
    let Some(sent) = text(request, header) else { return elsewhere(api, own, request) };
    // Before the credential is read: behind another scheme it would be misread or missing.
    if let Some(problem) = wrong_scheme(api.auth.place, &sent) {
        return Some(miss(&problem, &format!("send {}", form(api.auth.place))));
    }
    let Some(credential) = (api.auth.credential)(request.headers) else { return unreadable(api.auth.place) };
    let claim = credential.claim();
    // The account is known, so only its password or its suspension can be the reason.
    if let Some(account) = holder(api, own, claim) {
        return wrong_password(account, &credential);
    }
    let shown = shown(api.auth.place, claim);
    let bare = claim.trim_matches(|letter: char| letter.is_whitespace() || "\"'`<>".contains(letter));
    // Only what the world does not know itself is looked for in other APIs, then in other worlds.
    let unknown = mistyped(api, own, (claim, bare), &shown)
        .or_else(|| of_another(api, bare, &shown, (state, worlds), effort));
    if unknown.is_some() {
        return unknown;
    }
    // Sessions that ended are remembered, so that they differ from unknown credentials here.
    if state.sessions.knows(api.name, claim) {
        return Some(miss("the session has ended", "log in again"));
    }
    let what_to_do = match configured(api.auth.place, own) {
        Some(names) => format!("configured for {}: {names}", api.name),
        None => format!("no account of {} is configured; add one to the fixtures", api.name),
    };
    Some(miss(&format!("{shown} is unknown"), &what_to_do))
}

/// How a credential differs from a configured one. `bare` is the credential without what may be around it.
fn mistyped(api: &Vendor, own: &[Arc<Account>], (claim, bare): (&str, &str), shown: &str) -> Option<Miss> {
    if bare != claim && holder(api, own, bare).is_some() {
        let around = "quotation marks or white space around the configured credential";
        return Some(miss(&format!("{shown} has {around}"), "send it without them"));
    }
    let is_in_other_case =
        |account: &Arc<Account>| claims(api, account).iter().any(|own| own.eq_ignore_ascii_case(claim));
    if own.iter().any(is_in_other_case) {
        let other_case = "differs from a configured one in upper and lower case";
        return Some(miss(&format!("{shown} {other_case}"), "send it as it is configured"));
    }
    // A user name may hold a slash, as in `u/name`. Some clients send only what follows it.
    let is_end_of = |user: &str| user.strip_suffix(claim).is_some_and(|before| before.ends_with('/'));
    if let Some(user) = own.iter().filter_map(|account| account.user.as_deref()).find(|user| is_end_of(user))
    {
        return Some(miss(
            &format!("the user {shown} lacks the beginning of its name"),
            &format!("send {user}"),
        ));
    }
    None
}

/// The other API or world that has the credential.
fn of_another(
    api: &Vendor,
    bare: &str,
    shown: &str,
    (state, worlds): (&State, &Worlds),
    effort: &Effort,
) -> Option<Miss> {
    let accounts = state.accounts.load();
    let others = accounts.all().filter(|(name, _)| *name != api.name).take(effort.worlds);
    for (name, account) in others {
        let other =
            vendors::named(name).is_some_and(|other| claims(other, account).iter().any(|own| own == bare));
        if other {
            return Some(miss(
                &format!("{shown} is a credential of {name}"),
                &format!("send one of {}", api.name),
            ));
        }
    }
    let is_elsewhere = |state: &State| holder(api, state.accounts.load().of(api.name), bare).is_some();
    if let Some(world) = worlds.of_state(&state.world, effort.worlds, is_elsewhere) {
        let there = format!("{shown} is a credential of the world \"{world}\"");
        return Some(miss(&there, &format!("send one of \"{}\", or call that world", state.world)));
    }
    None
}

/// A miss from a finding and advice about it, neither of which has a semicolon.
fn miss(finding: &str, advice: &str) -> Miss {
    let words = |text: &str| text.split(' ').map(|word| short(word, 40)).collect::<Vec<_>>().join(" ");
    Miss {
        text: format!("refused: {finding}; {advice}"),
        brief: format!("credential: {}, {}", words(finding), words(advice)),
    }
}

fn text(request: &SearchedRequest<'_>, header: &str) -> Option<String> {
    let value = request.headers.get(header)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned()).filter(|text| !text.is_empty())
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or_default()
}

/// How a credential is sent to this place.
fn form(place: CredentialPlace) -> String {
    match place {
        CredentialPlace::Header(name) => format!("the key alone in the header {name}"),
        CredentialPlace::Scheme(scheme) => format!("Authorization: {scheme} and the key"),
        CredentialPlace::Basic => "Authorization: Basic with the user name and the password".to_owned(),
    }
}

/// What is wrong with the scheme of a header's value.
fn wrong_scheme(place: CredentialPlace, sent: &str) -> Option<String> {
    let first = sent.split_whitespace().next().unwrap_or_default();
    let known = SCHEMES.iter().find(|scheme| scheme.eq_ignore_ascii_case(first));
    let wanted = match place {
        CredentialPlace::Header(name) => {
            return known.map(|scheme| format!("the header {name} begins with {scheme}"));
        }
        CredentialPlace::Scheme(scheme) => scheme,
        CredentialPlace::Basic => "Basic",
    };
    match known {
        Some(scheme) if scheme.eq_ignore_ascii_case(wanted) => None,
        Some(scheme) => Some(format!("Authorization begins with {scheme} where {wanted} is wanted")),
        None => Some(format!("Authorization does not begin with {wanted}")),
    }
}

/// What is wrong with a value that the vendor cannot read. The refusals of keys say it themselves.
fn unreadable(place: CredentialPlace) -> Option<Miss> {
    let what = "what follows Basic is not a user name, a colon and a password in base64";
    (place == CredentialPlace::Basic).then(|| miss(what, &format!("send {}", form(place))))
}

/// A configured credential that was sent where the vendor does not read it.
fn elsewhere(api: &Vendor, own: &[Arc<Account>], request: &SearchedRequest<'_>) -> Option<Miss> {
    let headers = vendors::ALL.iter().map(|vendor| vendor.auth.place.header()).chain(HEADERS);
    let header = headers.into_iter().find_map(|name| {
        let sent = text(request, name)?;
        // The key may follow a scheme.
        Some((format!("the header {name}"), last_word(&sent).to_owned()))
    });
    let found = header.or_else(|| {
        let mut pairs = form_urlencoded::parse(request.query.unwrap_or_default().as_bytes());
        let (name, value) =
            pairs.find(|(name, _)| PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name)))?;
        Some((format!("the query parameter {name}"), value.into_owned()))
    });
    let (place, value) = found?;
    let what = match holder(api, own, &value) {
        Some(_) => "a configured key",
        None => "a key",
    };
    Some(miss(&format!("{what} was sent in {place}"), &format!("send {}", form(api.auth.place))))
}

fn claims(api: &Vendor, account: &Account) -> Vec<String> {
    (api.auth.claims)(account)
}

/// The account that a credential identifies.
fn holder<'a>(api: &Vendor, own: &'a [Arc<Account>], claim: &str) -> Option<&'a Arc<Account>> {
    own.iter().find(|account| claims(api, account).iter().any(|own| own == claim))
}

/// What is wrong with a credential that names an account.
fn wrong_password(account: &Account, credential: &Credential) -> Option<Miss> {
    if account.suspended {
        return Some(miss(
            &format!("the account {} is suspended", redact::account(account)),
            "send that of another account",
        ));
    }
    let Credential::Login { user, password } = credential else { return None };
    let configured = account.password.as_deref().filter(|configured| configured != password)?;
    let problem = match password.trim() == configured {
        true => "has white space around it",
        false => "is another than the configured one",
    };
    Some(miss(&format!("the password of {user} {problem}"), "send the configured one"))
}

/// A key masked, or a user name.
fn shown(place: CredentialPlace, claim: &str) -> String {
    match place {
        CredentialPlace::Basic => crate::document::truncate(claim, 40),
        CredentialPlace::Header(_) | CredentialPlace::Scheme(_) => redact::key(claim),
    }
}

/// The first configured credentials.
fn configured(place: CredentialPlace, own: &[Arc<Account>]) -> Option<String> {
    let name = |account: &Arc<Account>| match place {
        CredentialPlace::Basic => account.user.clone(),
        CredentialPlace::Header(_) | CredentialPlace::Scheme(_) => account.key.as_deref().map(redact::key),
    };
    let names: Vec<_> = own.iter().filter_map(name).collect();
    let more = names.len().saturating_sub(NAMED);
    let listed = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match more {
        _ if names.is_empty() => None,
        0 => Some(listed),
        more => Some(format!("{listed} and {more} others")),
    }
}
