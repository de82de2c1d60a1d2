//! Makes the fixture, once every exchange was read.

use serde_json::{Map, Value, json};

use super::fixture_draft::{AbsentSample, FixtureDraft, Note, UploadedFile};
use super::sample::{KnownChild, KnownSample};
use crate::journal::redact::MASK;

impl FixtureDraft {
    /// The fixture, and the notes. That an API does not have a sample is recorded if another API has it.
    pub fn fixture(mut self) -> (Value, Vec<Note>) {
        // First, because the steps below look samples up by hash.
        self.join_same_samples();
        self.name_uploads();
        self.report_masked_accounts();
        self.mark_absent_samples();
        for sample in self.samples.iter_mut().filter(|sample| sample.fields.contains_key("imphash")) {
            // Only PE files have import hashes.
            sample.fields.entry("type").or_insert_with(|| json!("application/x-dosexec"));
        }
        // A file in an archive needs a stand-in only if no reply is about that file itself.
        let stand_ins: Vec<KnownSample> = self
            .samples
            .iter()
            .flat_map(|sample| &sample.children)
            .filter(|child| !self.samples.iter().any(|sample| sample.has_scan(&child.id)))
            .map(|child| child.stand_in.clone())
            .collect();
        for stand_in in stand_ins {
            // Children can share a stand-in. It is recognised by its content, because it has no hashes.
            if !self.samples.iter().any(|known| known.content.is_some() && known.content == stand_in.content)
            {
                self.samples.push(stand_in);
            }
        }
        let reference = |child: &KnownChild| {
            let known = self.samples.iter().find(|sample| sample.has_scan(&child.id));
            known.unwrap_or(&child.stand_in).reference()
        };
        let samples: Vec<Value> = self.samples.iter().map(|sample| sample.entry(reference)).collect();
        let mut fixture = Map::new();
        if !self.settings.is_empty() {
            fixture.insert("settings".to_owned(), Value::Object(self.settings));
        }
        if !self.accounts.is_empty() {
            fixture.insert("accounts".to_owned(), json!(self.accounts));
        }
        if !self.rules.is_empty() {
            fixture.insert("rules".to_owned(), json!(self.rules));
        }
        fixture.insert("samples".to_owned(), Value::Array(samples));
        (Value::Object(fixture), self.notes)
    }

    /// Names the samples whose result has the identifier that an upload returned.
    fn name_uploads(&mut self) {
        for UploadedFile { place, id, name } in std::mem::take(&mut self.uploads) {
            self.begin(&place);
            match self.samples.iter_mut().find(|sample| sample.has_scan(&id)) {
                Some(sample) => drop(sample.fields.entry("name").or_insert_with(|| json!(name))),
                None => self.lost("", format!("no reply has the hashes of the uploaded file {name:?}")),
            }
        }
    }

    /// Marks the samples that an API did not have. A sample that it had in another reply is not marked: a fixture has only
    /// one state for the whole session.
    fn mark_absent_samples(&mut self) {
        for AbsentSample { place: exchange, api, hash, field } in std::mem::take(&mut self.absent) {
            // A sample that no API has needs no entry: without one it is unknown everywhere.
            let Some(place) = self.place_of(&hash) else { continue };
            let sample = &mut self.samples[place];
            let reported = sample.scans.iter().any(|scan| scan.ids.contains_key(api));
            if reported || self.present.contains(&(api, place)) {
                self.begin(&exchange);
                self.lost(
                    "",
                    format!("{hash} is unknown here and known elsewhere; in the fixture it is known"),
                );
            } else {
                sample.overlays.entry(api).or_default().insert(field.to_owned(), json!(false));
            }
        }
    }

    /// A recording that was redacted has no credentials: a client with the real ones would be refused.
    fn report_masked_accounts(&mut self) {
        let is_masked = |value: &&Value| value.as_str().is_some_and(|text| text.ends_with(MASK));
        let of_api =
            self.accounts.iter().flat_map(|(api, accounts)| accounts.iter().map(move |one| (api, one)));
        let masked =
            of_api.flat_map(|(api, one)| one.values().filter(is_masked).map(move |value| (api, value)));
        let texts: Vec<_> = masked
            .map(|(api, value)| {
                (
                    format!("accounts.{api}"),
                    format!("{value} was redacted in the recording; write the real one"),
                )
            })
            .collect();
        self.begin("the fixture");
        texts.into_iter().for_each(|(path, what)| self.assumed(&path, what));
    }
}
