//! The built-in sets are prebuilt as their YAML says.

use std::path::Path;

use scandouble::internals::fixtures::{Loaded, Source, builtin_names, load, prebuilt};
use scandouble::internals::vendors;

#[test]
fn the_prebuilt_sets_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fixtures/prebuilt.json");
    let made = prebuilt();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, made).expect("written");
        return;
    }
    let written = std::fs::read_to_string(path).expect("the file");
    assert!(
        written == made,
        "the built-in sets have changed; update what is made of them with UPDATE_DOCS=1 cargo test --test it format_reference"
    );
}

#[test]
fn prebuilt_sets_load_like_their_yaml() {
    let sources: Vec<Source> = builtin_names().map(|name| Source::Builtin(name.to_owned())).collect();
    let (yaml, prebuilt) = (load(&sources).expect("loads"), load(&[]).expect("loads"));
    assert!(yaml.samples.len() > 40);
    let facts = |loaded: &Loaded| {
        let samples = loaded.samples.iter();
        samples.map(|sample| serde_json::to_string(sample).expect("JSON")).collect::<Vec<_>>()
    };
    assert_eq!(facts(&prebuilt), facts(&yaml));
    for (one, other) in prebuilt.samples.iter().zip(&yaml.samples) {
        for (one, other) in one.scans.iter().zip(&other.scans) {
            assert_eq!(one, other);
        }
    }
    assert_eq!(prebuilt.rules, yaml.rules);
    for api in vendors::ALL.iter() {
        assert_eq!(
            format!("{:?}", prebuilt.accounts.of(api.name)),
            format!("{:?}", yaml.accounts.of(api.name))
        );
        assert!(!prebuilt.accounts.of(api.name).is_empty(), "{}", api.name);
    }
    let differences: Vec<_> = prebuilt.settings.unlike(&yaml.settings).collect();
    assert!(differences.is_empty(), "{differences:?}");
    assert_eq!(format!("{:?}", prebuilt.summary), format!("{:?}", yaml.summary));
}
