//! Requests over HTTP/2 without TLS, with prior knowledge, written in the form of HTTP/1.1.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::handshake;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};

const VERSION: &str = " HTTP/2";

/// Whether the first line of a request asks for HTTP/2.
pub(crate) fn is_meant(request: &[u8]) -> bool {
    first_line(request).ends_with(VERSION.as_bytes())
}

fn first_line(request: &[u8]) -> &[u8] {
    request.split(|byte| *byte == b'\r').next().unwrap_or_default()
}

/// Sends a request on a new connection. Returns the reply in the form of HTTP/1.1, with the version `HTTP/2`.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let request = read(request);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.expect("the program listens");
        let (mut sender, connection) =
            handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
        let driver = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await.expect("a reply").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        driver.abort();
        write(&Response::from_parts(head, body))
    })
}

/// Parses a request in the form of HTTP/1.1. `Host` becomes the authority.
fn read(bytes: &[u8]) -> Request<Full<Bytes>> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
    let head = std::str::from_utf8(&bytes[..end]).expect("a head in UTF-8");
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().strip_suffix(VERSION).expect("HTTP/2");
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let mut headers: Vec<_> = lines.map(|line| line.split_once(": ").expect("a header")).collect();
    let host = headers.iter().position(|(name, _)| *name == "Host").expect("a host");
    let uri = format!("http://{}{path}", headers.remove(host).1);
    let builder = Request::builder().method(method).uri(uri);
    let builder = headers.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    builder.body(Full::new(Bytes::copy_from_slice(&bytes[end + 4..]))).expect("a request")
}

fn write(reply: &Response<Bytes>) -> Vec<u8> {
    let mut bytes = format!("HTTP/2 {}\r\n", reply.status().as_u16()).into_bytes();
    for (name, value) in reply.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend([b"\r\n", &reply.body()[..]].concat());
    bytes
}
