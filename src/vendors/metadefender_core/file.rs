//! `POST /file` and `GET /file/{data_id}`: a file is sent, and its result fetched.
//!
//! Source: 7.1.3.1, Process a File, and 7.1.3.2, Fetch Processing Result, as their clients use them.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use multer::Multipart;
use percent_encoding::percent_decode_str;

use super::behaviours::{FILE_ACCEPTED, FILE_RESULT, FILE_RESULT_NOT_FOUND};
use super::choice::Choice;
use super::fields::NAME;
use super::reply::{self, JSON};
use super::view::View;
use super::wanted::{AskedRule, Wanted};
use super::{archive, error, report};
use crate::journal::body::disposition;
use crate::journal::{FindingKind, Reply};
use crate::samples::upload::TIME;
use crate::samples::{Arrival, Rule, Sample};
use crate::store::StoreError;
use crate::vendors::Call;

const PROCESS: &str = "7.1.3.1, Process a File, as its clients use it";

/// Takes the file that the body is.
pub(super) async fn upload(call: &Call) -> Reply {
    let Some(body) = call.body() else { return error::file_too_large() };
    let form = in_form(call, body).await;
    let file = form.as_ref().map_or(body, |(_, content)| content);
    if file.is_empty() {
        return error::file_empty();
    }
    let agent = call.header("user_agent").filter(|agent| !agent.is_empty()).map(|agent| agent.into_owned());
    let asked = AskedRule::of(call);
    let rules = call.state.rules.load_full();
    let rule = choose(&rules, asked.as_ref(), agent.as_deref());
    if rule.is_some_and(|rule| file.len() as u64 > rule.max_file_size) {
        return error::file_too_large();
    }
    let name = call.header("filename").map(|name| percent_decode_str(&name).decode_utf8_lossy().into_owned());
    let name = name.or_else(|| form.as_ref().and_then(|(name, _)| name.clone()));
    let arrival = Arrival {
        api: NAME,
        name,
        rule: rule.map(|rule| rule.name.clone()),
        at: call.now,
        pace: call.settings.get(&TIME),
        agent,
    };
    let reply =
        match call.state.upload(file, arrival, &call.settings).await {
            Ok(receipt) => Reply::new(StatusCode::OK, JSON, reply::data_id(&receipt.id), &FILE_ACCEPTED)
                .finding(FindingKind::Effect, receipt.told(), PROCESS),
            Err(fault) => return error::unexpected(&fault.to_string()),
        };
    let reply = match asked.filter(|asked| !rule.is_some_and(|rule| asked.is(&rule.name))) {
        Some(_) => {
            let what = "no rule of this name is open to this user_agent, and the default one was used; \
                        GET /file/rules lists those that are";
            reply.finding(FindingKind::Deviation, what, PROCESS)
        }
        None => reply,
    };
    if form.is_some() {
        let what = "the body is a form and the file in it was taken; send the file alone as the body";
        return reply.finding(FindingKind::Deviation, what, PROCESS);
    }
    reply
}

/// The file inside a form, with its name, where the body is one: the vendor's own SDK sends it so.
async fn in_form(call: &Call, body: &Bytes) -> Option<(Option<String>, Bytes)> {
    let boundary = multer::parse_boundary(call.header("content-type")?).ok()?;
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body.clone())]), boundary);
    while let Ok(Some(part)) = parts.next_field().await {
        let extended = disposition::extended_file_name(part.headers());
        let name = extended.or_else(|| part.file_name().map(str::to_owned));
        if name.is_some() || part.name() == Some("file") {
            return Some((name, part.bytes().await.ok()?));
        }
    }
    None
}

/// The rule that is asked for, if this agent may use it, else the first one that it may use.
fn choose<'a>(rules: &'a [Rule], asked: Option<&AskedRule>, agent: Option<&str>) -> Option<&'a Rule> {
    let is_open = |rule: &&Rule| {
        rule.user_agents.is_empty() || rule.user_agents.iter().any(|name| Some(name.as_str()) == agent)
    };
    let named = asked.and_then(|asked| rules.iter().filter(is_open).find(|rule| asked.is(&rule.name)));
    named.or_else(|| rules.iter().find(is_open)).or(rules.first())
}

/// Answers for the result that is asked for.
pub(super) async fn result(call: &Call) -> Reply {
    let asked = call.param("data_id");
    match look_up(call, asked).await {
        Ok(Some(reply)) => reply,
        Ok(None) => Reply::new(StatusCode::OK, JSON, reply::not_found(asked), &FILE_RESULT_NOT_FOUND),
        Err(fault) => error::unexpected(&fault.to_string()),
    }
}

async fn look_up(call: &Call, asked: &str) -> Result<Option<Reply>, StoreError> {
    let rules = call.state.rules.load_full();
    for sample in call.state.named(asked).await? {
        let scans = call.state.scans(&sample, call.now);
        let view = View::of(&sample);
        if let Some(choice) = Choice::of_result(call, (&sample, &view), &scans, asked) {
            return Ok(Some(show(call, &rules, &sample, &choice).await?));
        }
        if let Some(reply) = child(call, &rules, (&sample, &view), asked).await? {
            return Ok(Some(reply));
        }
    }
    Ok(None)
}

/// The result of a file in `archive` that is called so there.
async fn child(
    call: &Call,
    rules: &[Rule],
    (archive, view): (&Sample, &View),
    asked: &str,
) -> Result<Option<Reply>, StoreError> {
    for (child, pins) in archive.children.iter().zip(&view.children) {
        if pins.data_id.as_deref() != Some(asked) {
            continue;
        }
        let Some(sample) = archive::find(call, child).await? else { continue };
        let scans = call.state.scans(&sample, call.now);
        let of_child = View::of(&sample);
        let choice = Choice::of(call, rules, (&sample, &of_child), &scans, &Wanted::default());
        let Some(mut choice) = choice else { continue };
        let view = choice.view.to_mut();
        asked.clone_into(&mut view.data_id);
        view.pins.scan_all_result_i = pins.scan_all_result_i.or(view.pins.scan_all_result_i);
        return Ok(Some(show(call, rules, &sample, &choice).await?));
    }
    Ok(None)
}

async fn show(
    call: &Call,
    rules: &[Rule],
    sample: &Sample,
    choice: &Choice<'_>,
) -> Result<Reply, StoreError> {
    let rendered = report::render(call, rules, sample, choice).await?;
    Ok(Reply::new(StatusCode::OK, JSON, rendered.body, &FILE_RESULT))
}
