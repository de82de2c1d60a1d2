//! What is said once the server listens: where each API is, who may call it, what was loaded, how long it took.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

use super::log;
use crate::accounts::Account;
use crate::fixtures::Summary;
use crate::server::ListenAddress;
use crate::settings::{AUTH, AuthMode};
use crate::vendors::Vendor;
use crate::{Emulator, vendors};

/// Everything there is to say at the start.
pub(super) struct Announcement {
    address: String,
    /// A base address that a client on this machine can use.
    url: String,
    /// How it is reached beside that address.
    ways: Vec<Way>,
    apis: Vec<Room>,
    auth: AuthMode,
    loaded: Summary,
    guarded: bool,
    took: Duration,
}

/// Another address, or a prefix of an API.
struct Way {
    url: String,
    api: Option<&'static str>,
    tls: bool,
}

struct Room {
    name: &'static str,
    /// The base address at which it is shown.
    url: String,
    product: &'static str,
    endpoints: Vec<(&'static str, &'static str)>,
    /// What the API calls a credential that stands alone.
    key: &'static str,
    accounts: Vec<Account>,
}

/// A line of the JSON log.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
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
    Way {
        url: &'a str,
        api: Option<&'a str>,
        tls: bool,
    },
    Listening {
        address: &'a str,
        url: &'a str,
        health: String,
        auth: &'a str,
        guarded: bool,
        started_in_ms: f64,
    },
}

impl Announcement {
    /// What there is to say about `emulator`, which took this long to start.
    pub(super) fn of(emulator: &Emulator, guarded: bool, took: Duration) -> Self {
        let state = emulator.world(crate::worlds::DEFAULT).state();
        let accounts = state.accounts.load();
        let room = |api: &&'static Vendor| {
            let mut names = api.fixtures.account.iter().map(|field| field.name);
            Some(Room {
                name: api.name,
                url: base_of(emulator, api)?,
                product: api.product,
                endpoints: api.listed().collect(),
                key: names.find(|name| *name == "token").unwrap_or("key"),
                accounts: accounts.of(api.name).iter().map(|account| (**account).clone()).collect(),
            })
        };
        let mut loaded = emulator.summary().clone();
        let faults: Vec<_> = state.faults.list().into_iter().map(|standing| standing.rule.id).collect();
        if !faults.is_empty() {
            loaded.notes.push(format!("faults are injected from the start: {}", faults.join(", ")));
        }
        Self {
            address: first(emulator).map(|one| one.address.to_string()).unwrap_or_default(),
            url: first(emulator).map(url).unwrap_or_default(),
            ways: ways(emulator),
            apis: vendors::ALL.iter().filter_map(room).collect(),
            auth: state.settings.load().get(&AUTH),
            loaded,
            guarded,
            took,
        }
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let mut text = format!("scandouble {} on {}", env!("CARGO_PKG_VERSION"), self.url);
        if !self.url.ends_with(&self.address) {
            let _ = write!(text, " (listening on {})", self.address);
        }
        let _ = writeln!(text, ", started in {} ms", self.took.as_millis());
        for Way { url, api, .. } in &self.ways {
            let only = api.map(|api| format!(", {api} alone")).unwrap_or_default();
            let _ = writeln!(text, "also on {url}{only}");
        }
        if self.ways.iter().any(|way| way.tls) {
            let _ = writeln!(text, "clients of https have to trust {}{CERTIFICATE}", self.url);
        }
        text.push('\n');
        for room in &self.apis {
            self.describe(room, &mut text);
        }
        let Summary { samples, sets, notes, .. } = &self.loaded;
        let noun = if *samples == 1 { "sample" } else { "samples" };
        let _ = writeln!(text, "{samples} {noun} from {}", sets.join(", "));
        for note in notes {
            let _ = writeln!(text, "note: {note}");
        }
        if self.guarded {
            let _ = writeln!(text, "The operator's door asks for the admin token");
        }
        let _ = write!(text, "Health: {}{}; stop with Ctrl-C", self.url, HEALTH);
        text
    }

    fn describe(&self, room: &Room, text: &mut String) {
        let _ = writeln!(text, "{}", room.product);
        if let Some((method, path)) = room.endpoints.first() {
            let _ = writeln!(text, "  {method} {}{path}", room.url);
        }
        match self.auth {
            AuthMode::Off => text.push_str("  no credentials are asked for\n"),
            _ if room.accounts.is_empty() => text.push_str("  no account is defined\n"),
            AuthMode::Any => text.push_str("  any well-formed credential is taken\n"),
            AuthMode::Enforce => {}
        }
        if self.auth != AuthMode::Off {
            for account in &room.accounts {
                let _ = writeln!(text, "  {}", describe(account, room.key));
            }
        }
        text.push('\n');
    }

    /// For a program: one JSON object per line, `listening` the last.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut events = Vec::new();
        for Room { name: api, product, url, endpoints, accounts, .. } in &self.apis {
            let endpoints = endpoints.iter().map(|(method, path)| format!("{method} {path}")).collect();
            events.push(Event::Api { api, product, url, endpoints });
            events.extend(accounts.iter().map(|account| Event::Account { api, account }));
        }
        events.push(Event::Loaded { samples: self.loaded.samples, sets: &self.loaded.sets });
        events.extend(self.loaded.notes.iter().map(|note| Event::Note { note }));
        for Way { url, api, tls } in &self.ways {
            events.push(Event::Way { url, api: *api, tls: *tls });
        }
        events.push(Event::Listening {
            address: &self.address,
            url: &self.url,
            health: format!("{}{HEALTH}", self.url),
            auth: self.auth.word(),
            guarded: self.guarded,
            started_in_ms: (self.took.as_secs_f64() * 10_000.0).round() / 10.0,
        });
        events.iter().map(|event| log::line("INFO", event)).collect()
    }
}

/// Where the server tells that it is ready.
const HEALTH: &str = "/_scandouble/health";

/// Where the certificate is that clients have to trust.
const CERTIFICATE: &str = "/_scandouble/ca.pem";

/// The entrance that is told first: one for plain HTTP and all APIs, if there is one.
fn first(emulator: &Emulator) -> Option<&ListenAddress> {
    let entrances = emulator.listen_addresses();
    entrances.iter().find(|one| !one.tls && one.api.is_none()).or(entrances.first())
}

/// All other entrances, and the prefixes.
fn ways(emulator: &Emulator) -> Vec<Way> {
    let first = first(emulator).map(|one| &one.address);
    let others = emulator.listen_addresses().iter().filter(|one| Some(&one.address) != first);
    let mut ways: Vec<Way> =
        others.map(|one| Way { url: url(one), api: one.api.map(|api| api.name), tls: one.tls }).collect();
    let base = emulator.listen_addresses().iter().find(|one| one.api.is_none()).map(url);
    ways.extend(emulator.mounts().iter().filter_map(|mount| {
        let url = format!("{}{}", base.as_ref()?, mount.prefix);
        Some(Way { url, api: Some(mount.api.name), tls: false })
    }));
    ways
}

/// The base address of an API: the common one, or its own; none where only others are served.
fn base_of(emulator: &Emulator, api: &'static Vendor) -> Option<String> {
    let entrances = emulator.listen_addresses().iter();
    let own = entrances.filter(|one| one.api.is_none_or(|own| own.name == api.name));
    own.min_by_key(|one| (one.api.is_some(), one.tls)).map(url)
}

/// The base address by which a client on this machine reaches an entrance.
fn url(entrance: &ListenAddress) -> String {
    let address = match entrance.address.tcp() {
        Some(address) => reachable(address).into(),
        None => entrance.address.clone(),
    };
    ListenAddress { address, ..entrance.clone() }.url()
}

/// The address by which a client on this machine reaches a server that listens on `address`.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// An account with its secrets: they are test credentials, and whoever reads this needs them.
fn describe(account: &Account, key_name: &str) -> String {
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
    fn an_address_for_all_interfaces_is_shown_as_one_that_can_be_called() {
        let shown = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(shown("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(shown("[::]:8080"), "[::1]:8080");
        assert_eq!(shown("127.0.0.1:1"), "127.0.0.1:1");
    }

    #[test]
    fn an_account_is_described_with_what_it_may_and_may_not() {
        let account = Account {
            key: Some("limited".to_owned()),
            limits: [("lookup_limit".to_owned(), 2)].into(),
            suspended: true,
            ..Account::default()
        };
        assert_eq!(describe(&account, "key"), "key limited, lookup_limit 2, suspended");
    }
}
