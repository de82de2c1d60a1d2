//! Raw bytes over a TCP connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any reply takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends bytes and reads until the server closes the connection. Returns the reply, and whether the server reset the
/// connection.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(address).expect("the program listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    let mut writer = stream.try_clone().expect("a second handle");
    let request = request.to_vec();
    // The server may answer and close before it has read everything.
    let writing = std::thread::spawn(move || drop(writer.write_all(&request)));
    let mut reply = Vec::new();
    let is_reset = match stream.read_to_end(&mut reply) {
        Ok(_) => false,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
        Err(error) => panic!("the reply has no end ({error}): {}", String::from_utf8_lossy(&reply)),
    };
    writing.join().expect("no panic");
    (reply, is_reset)
}
