//! The names of engines, sandboxes included.

pub(super) const CLOUD: &str = "cloud";
pub(super) const CORE: &str = "core";
pub(super) const CLOUD_SANDBOX: &str = "rl_cloud_sandbox";

/// The engines of the V1 endpoints.
pub(super) const V1: &[&str] = &[CLOUD, CORE];

/// The engines of the V2 endpoint.
pub(super) const V2: &[&str] = &[
    CLOUD,
    CORE,
    "rl_auxiliary_analysis",
    "cape",
    "cisco_secure_malware_analytics",
    "cuckoo",
    "fireeye",
    "joe",
    CLOUD_SANDBOX,
    "rl_dynamic_analysis",
    "vmray_tcbase",
    "assemblyline",
];

/// The sandboxes.
pub(super) fn sandboxes() -> impl Iterator<Item = &'static str> {
    V2.iter().copied().filter(|engine| !V1.contains(engine))
}

/// The sandbox of this name.
pub(super) fn sandbox(name: &str) -> Option<&'static str> {
    sandboxes().find(|engine| *engine == name)
}

/// Checks that `text` names sandboxes, separated by commas; else what the setting may be.
pub(super) fn check(text: &str) -> Result<(), String> {
    let known = |name: &str| name.is_empty() || sandbox(name).is_some();
    if text.split(',').map(str::trim).all(known) { Ok(()) } else { Err(format!("lists some of {}", list())) }
}

/// The names of all sandboxes, for messages.
pub(super) fn list() -> String {
    sandboxes().collect::<Vec<_>>().join(", ")
}
