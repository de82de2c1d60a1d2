//! The client of the subcommands that ask a running server: requests to its admin API.

mod answer;
mod base_url;
mod escape;
mod events;

use std::cell::Cell;
use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::Value;

pub(super) use self::answer::AdminAnswer;
pub(super) use self::base_url::BaseUrl;
pub(super) use self::escape::{path_segment, query};
pub(super) use self::events::EventStream;
use super::error::CommandError;
use super::log::print_line;
use crate::replay::http::{self as http_client, HttpClient, SendError};

/// The admin token of a server; `Debug` hides it.
#[derive(Clone)]
pub(super) struct AdminToken(pub(super) String);

impl From<String> for AdminToken {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A client for the admin API of one world.
pub(super) struct AdminClient {
    http: HttpClient,
    base: BaseUrl,
    token: Option<AdminToken>,
    json: bool,
    /// Whether the server has answered a request of this client.
    reached: Cell<bool>,
}

impl AdminClient {
    /// A client that prints answers as JSON if `json`.
    pub(super) fn new(base: BaseUrl, token: Option<AdminToken>, json: bool) -> Self {
        // An empty environment variable counts as not set.
        let token = token.filter(|token| !token.0.is_empty());
        Self {
            http: HttpClient::new().through(base.socket.clone()),
            base,
            token,
            json,
            reached: Cell::new(false),
        }
    }

    /// A client for what belongs to no world. A request for it must not create one.
    pub(super) fn without_world(&self) -> Self {
        Self {
            http: self.http.clone(),
            base: self.base.clone().without_world(),
            token: self.token.clone(),
            json: self.json,
            reached: self.reached.clone(),
        }
    }

    /// The server's base URL without a path, or its Unix socket, for messages.
    pub(super) fn url(&self) -> String {
        match &self.base.socket {
            Some(socket) => format!("unix:{}", socket.display()),
            None => format!("http://{}", self.base.authority),
        }
    }

    /// The percent-encoded name of the world, if one is named.
    pub(super) fn world(&self) -> Option<&str> {
        self.base.world()
    }

    /// Whether the server has answered a request of this client, which then was about its world.
    pub(super) fn has_reached_server(&self) -> bool {
        self.reached.get()
    }

    pub(super) async fn get(&self, path: &str) -> Result<AdminAnswer, CommandError> {
        self.expect_success(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<AdminAnswer, CommandError> {
        self.expect_success(Method::DELETE, path, Bytes::new()).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<AdminAnswer, CommandError> {
        self.expect_success(Method::PUT, path, body.to_string().into()).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<AdminAnswer, CommandError> {
        self.expect_success(Method::PATCH, path, body.to_string().into()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<AdminAnswer, CommandError> {
        self.expect_success(Method::POST, path, body.to_string().into()).await
    }

    async fn expect_success(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<AdminAnswer, CommandError> {
        let answer = self.send(method, path, "application/json", body).await?;
        if answer.is_success() { Ok(answer) } else { Err(self.refused(&answer)) }
    }

    /// Sends a request to a path of the admin API and returns the answer, whatever its status.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<AdminAnswer, CommandError> {
        let response = self.begin(self.request(method, path, content_type, body)?).await?;
        self.whole(response).await
    }

    /// Sends a request and returns the response as soon as it begins.
    async fn begin(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, CommandError> {
        let response = self.http.begin(request).await.map_err(|error| self.unreachable(&error))?;
        self.reached.set(true);
        Ok(response)
    }

    /// The answer with the whole body of a response.
    async fn whole(&self, response: Response<Incoming>) -> Result<AdminAnswer, CommandError> {
        let (head, body) =
            http_client::whole(response).await.map_err(|error| self.unreachable(&error))?.into_parts();
        let text = String::from_utf8_lossy(&body).into_owned();
        let content_type =
            head.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        let is_json = content_type.starts_with(b"application/json")
            || content_type.starts_with(b"application/problem+json");
        let value = if is_json { serde_json::from_str(&text).unwrap_or_default() } else { Value::Null };
        Ok(AdminAnswer { status: head.status.as_u16(), is_json, text, value })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, CommandError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{}{}{path}", self.base.authority, self.base.prefix, crate::admin::PREFIX))
            .header(header::USER_AGENT, concat!("scandouble/", env!("CARGO_PKG_VERSION")));
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        if let Some(AdminToken(token)) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request.body(Full::new(body)).map_err(|_| {
            CommandError::Usage(
                "the admin token or the base URL has characters that HTTP does not allow".to_owned(),
            )
        })
    }

    /// Why a request was not answered.
    fn unreachable(&self, error: &SendError) -> CommandError {
        let url = self.url();
        CommandError::Failed(match error.is_connect {
            true => format!(
                "cannot connect to {url}: {error}; start a server with \"scandouble serve\", or name the running one with \
                 --url or SCANDOUBLE_URL"
            ),
            false => format!("the connection to {url} failed: {error}; is it a scandouble server?"),
        })
    }

    /// Why an answer with another status than 2xx came.
    pub(super) fn refused(&self, answer: &AdminAnswer) -> CommandError {
        CommandError::Failed(match (answer.status, answer.detail()) {
            // The server's own text names the header. Here the flag is what helps.
            (401, Some(_)) => {
                "this server requires its admin token; give it with --admin-token or SCANDOUBLE_ADMIN_TOKEN"
                    .to_owned()
            }
            (_, Some(detail)) => detail.to_owned(),
            (status, None) => {
                format!(
                    "{} answered {status}, not as this version of scandouble does; check --url",
                    self.url()
                )
            }
        })
    }

    /// Whether `--json` asks for the answers as they are.
    pub(super) fn prints_json(&self) -> bool {
        self.json
    }

    /// Prints an answer: its JSON if `--json` was given, else what `describe` makes of it.
    pub(super) fn print(&self, answer: &AdminAnswer, describe: impl FnOnce(&Value) -> String) {
        // An answer without a body, such as a 204, has no JSON to print.
        if !self.json {
            print_line(describe(&answer.value).trim_end());
        } else if answer.is_json {
            print_line(&answer.text);
        }
    }

    /// Prints what was done, where the answer has no content.
    pub(super) fn print_done(&self, text: &str) {
        if !self.json {
            print_line(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_admin_token() {
        assert_eq!(format!("{:?}", AdminToken("t0ken".to_owned())), "…");
    }
}
