//! Samples that replies named by different hashes, until one reply named both hashes of the file: they are joined.

use super::fixture_draft::FixtureDraft;
use super::sample::KnownSample;

impl FixtureDraft {
    /// Joins the samples that are the same. Samples with contradicting hashes stay apart.
    pub(super) fn join_same_samples(&mut self) {
        // For each sample, the place of the sample that it was joined to; its own place if it was not.
        let mut places: Vec<usize> = (0..self.samples.len()).collect();
        let root = |places: &[usize], mut at: usize| {
            while places[at] != at {
                at = places[at];
            }
            at
        };
        for (one, other, exchange) in std::mem::take(&mut self.same_samples) {
            let (one, other) = (root(&places, one), root(&places, other));
            // The earlier one stays: samples are in the order of their first exchange.
            let (first, later) = (one.min(other), one.max(other));
            if first != later && self.samples[first].may_be(&self.samples[later]) {
                places[later] = first;
                self.begin(&exchange);
                // An empty sample stays at its place until the end, because other pairs refer to samples by place.
                let other = std::mem::take(&mut self.samples[later]);
                self.absorb(first, other);
            }
        }
        // Where each remaining sample will be once the others are removed below: `present` refers to samples by place.
        let mut remaining = 0;
        let moved: Vec<usize> = (0..places.len())
            .map(|at| {
                let stays = places[at] == at;
                remaining += usize::from(stays);
                if stays { remaining - 1 } else { 0 }
            })
            .collect();
        for (_, place) in &mut self.present {
            *place = moved[root(&places, *place)];
        }
        let mut at = 0..;
        self.samples.retain(|_| at.next().is_some_and(|at| places[at] == at));
    }

    /// Adds what is known of another sample to the one at `place`, whose own fields win.
    fn absorb(&mut self, place: usize, other: KnownSample) {
        let KnownSample { hashes, fields, content, scans, children, overlays, assumed, queued } = other;
        let sample = &mut self.samples[place];
        for (kind, text) in hashes {
            sample.hashes.entry(kind).or_insert(text);
        }
        sample.content = sample.content.take().or(content);
        sample.assumed = sample.assumed.or(assumed);
        sample.queued.extend(queued);
        for child in children {
            if !sample.children.iter().any(|known| (&known.id, &known.path) == (&child.id, &child.path)) {
                sample.children.push(child);
            }
        }
        for (api, fields) in overlays {
            let known = sample.overlays.entry(api).or_default();
            for (key, value) in fields {
                known.entry(key).or_insert(value);
            }
        }
        for (key, value) in fields {
            self.set_field(place, &key, "", value);
        }
        for scan in scans {
            let api = scan.ids.keys().next().copied().unwrap_or_default();
            self.scan(place, api, scan);
        }
    }
}

impl KnownSample {
    /// Whether the hashes of the two do not contradict each other.
    fn may_be(&self, other: &Self) -> bool {
        self.hashes.iter().all(|(kind, text)| other.hashes.get(kind).is_none_or(|known| known == text))
    }
}
