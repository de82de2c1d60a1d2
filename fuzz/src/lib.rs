//! What the fuzz targets share: a server in this process, requests in a form that can be mutated, what every answer must look
//! like, and bounds on memory and processor time.

pub mod answer;
pub mod bounds;
pub mod request;
pub mod server;
