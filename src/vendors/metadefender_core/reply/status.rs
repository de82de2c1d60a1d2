//! What the product says of itself: engines, licence, readiness. Keys in the order of the published specification.

use serde::{Serialize, Serializer};

use super::Time;

/// An engine.
#[derive(Serialize)]
pub(crate) struct EngineStatus<'a> {
    pub(crate) active: bool,
    /// Empty where nothing is known of them, as in a published reply.
    #[serde(serialize_with = "time_or_empty")]
    pub(crate) def_time: Option<Time>,
    pub(crate) download_progress: u8,
    pub(crate) download_time: &'a str,
    pub(crate) eng_id: String,
    pub(crate) eng_name: &'a str,
    pub(crate) eng_type: &'a str,
    pub(crate) eng_ver: &'a str,
    pub(crate) engine_type: &'a str,
    pub(crate) state: &'a str,
}

fn time_or_empty<S: Serializer>(time: &Option<Time>, out: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => time.serialize(out),
        None => out.serialize_str(""),
    }
}

/// The licence.
#[derive(Serialize)]
pub(crate) struct License<'a> {
    pub(crate) days_left: u64,
    pub(crate) deployment: &'a str,
    /// Month, day and year: `09/30/2026`.
    pub(crate) expiration: String,
    pub(crate) licensed_engines: &'a [&'a str],
    pub(crate) licensed_to: &'a str,
    pub(crate) max_node_count: &'a str,
    pub(crate) online_activated: bool,
    pub(crate) product_id: &'a str,
    pub(crate) product_name: &'a str,
}

/// Whether files can be processed.
#[derive(Serialize)]
pub(crate) struct Health {
    pub(crate) database: Database,
    pub(crate) engines: Vec<EngineHealth>,
    pub(crate) license: LicenseHealth,
    pub(crate) number_active_av_engines: ActiveEngines,
    pub(crate) scan_queue: ScanQueue,
}

/// Whether the database is connected.
#[derive(Serialize)]
pub(crate) struct Database {
    pub(crate) status: bool,
}

/// Whether an engine works.
#[derive(Serialize)]
pub(crate) struct EngineHealth {
    pub(crate) engine_id: String,
    pub(crate) required: bool,
    pub(crate) status: bool,
}

/// The state of the licence.
#[derive(Serialize)]
pub(crate) struct LicenseHealth {
    pub(crate) status: &'static str,
}

/// Whether enough engines work.
#[derive(Serialize)]
pub(crate) struct ActiveEngines {
    pub(crate) status: bool,
    pub(crate) threshold: u64,
}

/// Whether the queue has room.
#[derive(Serialize)]
pub(crate) struct ScanQueue {
    pub(crate) max_number_in_queue: usize,
    pub(crate) number_in_queue: usize,
    pub(crate) status: bool,
    pub(crate) threshold: u64,
}
