//! Samples that were told of apart, by one hash and by another, until a reply told both hashes of one file.

use crate::vendors::import::FixtureDraft;
use crate::vendors::import::KnownSample;

impl FixtureDraft {
    /// Joins the samples that are one. Those whose hashes contradict each other stay apart.
    pub(crate) fn join_twins(&mut self) {
        // Where the sample of each place went.
        let mut places: Vec<usize> = (0..self.samples.len()).collect();
        let root = |places: &[usize], mut at: usize| {
            while places[at] != at {
                at = places[at];
            }
            at
        };
        for (one, other, told) in std::mem::take(&mut self.twins) {
            let (one, other) = (root(&places, one), root(&places, other));
            let (first, later) = (one.min(other), one.max(other));
            if first != later && self.samples[first].may_be(&self.samples[later]) {
                places[later] = first;
                self.begin(&told);
                let twin = std::mem::take(&mut self.samples[later]);
                self.absorb(first, twin);
            }
        }
        let mut kept = 0;
        let moved: Vec<usize> = (0..places.len())
            .map(|at| {
                let stays = places[at] == at;
                kept += usize::from(stays);
                if stays { kept - 1 } else { 0 }
            })
            .collect();
        for (_, place) in &mut self.present {
            *place = moved[root(&places, *place)];
        }
        let mut at = 0..;
        self.samples.retain(|_| at.next().is_some_and(|at| places[at] == at));
    }

    /// Adds what is known of a sample to the one at `place`, of which it was said first.
    fn absorb(&mut self, place: usize, twin: KnownSample) {
        let KnownSample { hashes, fields, content, scans, children, overlays, assumed } = twin;
        let sample = &mut self.samples[place];
        for (kind, text) in hashes {
            sample.hashes.entry(kind).or_insert(text);
        }
        sample.content = sample.content.take().or(content);
        sample.assumed = sample.assumed.or(assumed);
        for child in children {
            if !sample.children.iter().any(|known| (&known.id, &known.path) == (&child.id, &child.path)) {
                sample.children.push(child);
            }
        }
        for (api, said) in overlays {
            let known = sample.overlays.entry(api).or_default();
            for (key, value) in said {
                known.entry(key).or_insert(value);
            }
        }
        for (key, value) in fields {
            self.say(place, &key, "", value);
        }
        for scan in scans {
            let api = scan.ids.keys().next().copied().unwrap_or_default();
            self.scan(place, api, scan);
        }
    }
}

impl KnownSample {
    /// Whether no hash of one contradicts one of the other.
    fn may_be(&self, other: &Self) -> bool {
        self.hashes.iter().all(|(kind, text)| other.hashes.get(kind).is_none_or(|known| known == text))
    }
}
