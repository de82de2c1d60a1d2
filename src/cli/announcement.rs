//! The start text: where each API is served, its accounts, what was loaded and how long the start took.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::log;
use super::reachable::reachable;
use super::table::counted;
use crate::accounts::Account;
use crate::fixtures::Summary;
use crate::server::ListenAddress;
use crate::settings::{AUTH, AuthMode};
use crate::vendors::Vendor;
use crate::{Emulator, vendors};

/// What is printed once the server listens.
pub(super) struct Announcement {
    /// The address of the main listener.
    address: String,
    /// A base address that a client on this machine can use.
    url: String,
    /// The other listeners, and the mounts.
    other_addresses: Vec<OtherAddress>,
    apis: Vec<ServedApi>,
    auth: AuthMode,
    loaded: Summary,
    guarded: bool,
    took: Duration,
}

/// The base URL of another listener, or of a mount.
struct OtherAddress {
    url: String,
    api: Option<&'static str>,
    tls: bool,
}

/// An API that this server serves.
struct ServedApi {
    name: &'static str,
    /// The base URL that clients of this API use.
    url: String,
    product: &'static str,
    endpoints: Vec<(&'static str, &'static str)>,
    /// How the API calls a credential without a user name: `key` or `token`.
    key: &'static str,
    accounts: Vec<Account>,
}

/// A line of the JSON log.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum AnnouncementEvent<'a> {
    Api {
        api: &'a str,
        product: &'a str,
        url: &'a str,
        endpoints: Vec<String>,
    },
    Account {
        api: &'a str,
        account: &'a Account,
    },
    Loaded {
        samples: usize,
        sets: &'a [String],
    },
    Note {
        note: &'a str,
    },
    Address {
        url: &'a str,
        api: Option<&'a str>,
        tls: bool,
    },
    Listening {
        address: &'a str,
        url: &'a str,
        console: String,
        health: String,
        auth: &'a str,
        guarded: bool,
        started_in_ms: f64,
    },
}

impl Announcement {
    /// Describes `emulator`, which took this long to start. `guarded` says whether there is an admin token.
    pub(super) fn of(emulator: &Emulator, guarded: bool, took: Duration) -> Self {
        let state = emulator.world(crate::worlds::DEFAULT).state();
        let accounts = state.accounts.load();
        let served_api = |api: &&'static Vendor| {
            Some(ServedApi {
                name: api.name,
                url: base_of(emulator, api)?,
                product: api.product,
                endpoints: api.listed().collect(),
                key: api.key_name(),
                accounts: accounts.of(api.name).iter().map(|account| (**account).clone()).collect(),
            })
        };
        let mut loaded = emulator.summary().clone();
        let faults: Vec<_> = state.faults.list().into_iter().map(|fault| fault.rule.id).collect();
        if !faults.is_empty() {
            loaded.notes.push(format!("faults are injected from the start: {}", faults.join(", ")));
        }
        Self {
            address: main_listener(emulator).map(|one| one.address.to_string()).unwrap_or_default(),
            url: main_listener(emulator).map(url).unwrap_or_default(),
            other_addresses: other_addresses(emulator),
            apis: vendors::ALL.iter().filter_map(served_api).collect(),
            auth: state.settings.load().get(&AUTH),
            loaded,
            guarded,
            took,
        }
    }

    /// The text for people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("scandouble {} on {}", env!("CARGO_PKG_VERSION"), self.url);
        // A server on all interfaces listens on an address that no client can connect to.
        if !self.url.ends_with(&self.address) {
            let _ = write!(text, " (listening on {})", self.address);
        }
        let _ = writeln!(text, ", started in {} ms", self.took.as_millis());
        for OtherAddress { url, api, .. } in &self.other_addresses {
            let only = api.map(|api| format!(", only {api}")).unwrap_or_default();
            let _ = writeln!(text, "also on {url}{only}");
        }
        if self.other_addresses.iter().any(|other| other.tls) {
            let _ = writeln!(
                text,
                "https clients must trust the certificate authority at {}{CERTIFICATE}",
                self.url
            );
        }
        text.push('\n');
        for api in &self.apis {
            self.describe(api, &mut text);
        }
        let Summary { samples, sets, notes, .. } = &self.loaded;
        let _ = writeln!(text, "{} from {}", counted(*samples as u64, "sample"), sets.join(", "));
        for note in notes {
            let _ = writeln!(text, "note: {note}");
        }
        if self.guarded {
            let _ = writeln!(text, "The admin API requires the admin token");
        }
        let _ = writeln!(text, "Console: {}{CONSOLE}", self.url);
        let _ = write!(text, "Health: {}{}; stop with Ctrl-C", self.url, HEALTH);
        text
    }

    fn describe(&self, api: &ServedApi, text: &mut String) {
        let _ = writeln!(text, "{}", api.product);
        if let Some((method, path)) = api.endpoints.first() {
            let _ = writeln!(text, "  {method} {}{path}", api.url);
        }
        match self.auth {
            AuthMode::Off => text.push_str("  no credentials required\n"),
            _ if api.accounts.is_empty() => text.push_str("  no accounts defined\n"),
            AuthMode::Any => text.push_str("  any well-formed credential is accepted\n"),
            AuthMode::Enforce => {}
        }
        if self.auth != AuthMode::Off {
            for account in &api.accounts {
                let _ = writeln!(text, "  {}", describe_account(account, api.key));
            }
        }
        text.push('\n');
    }

    /// The lines of the JSON log; `listening` comes last.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut events = Vec::new();
        for ServedApi { name: api, product, url, endpoints, accounts, .. } in &self.apis {
            let endpoints = endpoints.iter().map(|(method, path)| format!("{method} {path}")).collect();
            events.push(AnnouncementEvent::Api { api, product, url, endpoints });
            events.extend(accounts.iter().map(|account| AnnouncementEvent::Account { api, account }));
        }
        events.push(AnnouncementEvent::Loaded { samples: self.loaded.samples, sets: &self.loaded.sets });
        events.extend(self.loaded.notes.iter().map(|note| AnnouncementEvent::Note { note }));
        for OtherAddress { url, api, tls } in &self.other_addresses {
            events.push(AnnouncementEvent::Address { url, api: *api, tls: *tls });
        }
        events.push(AnnouncementEvent::Listening {
            address: &self.address,
            url: &self.url,
            console: format!("{}{CONSOLE}", self.url),
            health: format!("{}{HEALTH}", self.url),
            auth: self.auth.word(),
            guarded: self.guarded,
            started_in_ms: (self.took.as_secs_f64() * 10_000.0).round() / 10.0,
        });
        events.iter().map(|event| log::json_line("INFO", event)).collect()
    }
}

/// The path of the console.
const CONSOLE: &str = "/_scandouble/";

/// The path of the health check.
const HEALTH: &str = "/_scandouble/health";

/// The path of the certificate authority.
const CERTIFICATE: &str = "/_scandouble/ca.pem";

/// The main listener: the first one for plain HTTP and all APIs, else the first.
fn main_listener(emulator: &Emulator) -> Option<&ListenAddress> {
    let entrances = emulator.listen_addresses();
    entrances.iter().find(|one| !one.tls && one.api.is_none()).or(entrances.first())
}

/// All other listeners, and the mounts.
fn other_addresses(emulator: &Emulator) -> Vec<OtherAddress> {
    let main = main_listener(emulator).map(|one| &one.address);
    let others = emulator.listen_addresses().iter().filter(|one| Some(&one.address) != main);
    let mut addresses: Vec<OtherAddress> = others
        .map(|one| OtherAddress { url: url(one), api: one.api.map(|api| api.name), tls: one.tls })
        .collect();
    let base = emulator.listen_addresses().iter().find(|one| one.api.is_none()).map(url);
    addresses.extend(emulator.mounts().iter().filter_map(|mount| {
        let url = format!("{}{}", base.as_ref()?, mount.prefix);
        Some(OtherAddress { url, api: Some(mount.api.name), tls: false })
    }));
    addresses
}

/// The base URL of an API: of a listener for all APIs, else of its own; `None` if every listener is for another API.
fn base_of(emulator: &Emulator, api: &'static Vendor) -> Option<String> {
    let entrances = emulator.listen_addresses().iter();
    let own = entrances.filter(|one| one.api.is_none_or(|own| own.name == api.name));
    // Plain HTTP comes before TLS, for which a client must trust a certificate first.
    own.min_by_key(|one| (one.api.is_some(), one.tls)).map(url)
}

/// The base URL by which a client on this machine reaches a listener.
fn url(entrance: &ListenAddress) -> String {
    let address = match entrance.address.tcp() {
        Some(address) => reachable(address).into(),
        None => entrance.address.clone(),
    };
    ListenAddress { address, ..entrance.clone() }.url()
}

/// An account with its secrets. They are test credentials, which the reader needs.
fn describe_account(account: &Account, key_name: &str) -> String {
    let mut parts = Vec::new();
    parts.extend(account.user.as_ref().map(|user| format!("user {user}")));
    parts.extend(account.password.as_ref().map(|password| format!("password {password}")));
    parts.extend(account.key.as_ref().map(|key| format!("{key_name} {key}")));
    parts.extend(account.limits.iter().map(|(name, limit)| format!("{name} {limit}")));
    parts.extend(account.suspended.then(|| "suspended".to_owned()));
    parts.extend(account.unentitled.then(|| "not entitled".to_owned()));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_described_with_its_limits_and_restrictions() {
        let account = Account {
            key: Some("limited".to_owned()),
            limits: [("lookup_limit".to_owned(), 2)].into(),
            suspended: true,
            ..Account::default()
        };
        assert_eq!(describe_account(&account, "key"), "key limited, lookup_limit 2, suspended");
    }
}
